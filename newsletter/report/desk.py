"""What a colleague needs at hand to write something down about an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.known import Known, Subject
from newsletter.audience.person import Affiliation, Person
from newsletter.errors import NotFound
from newsletter.report.machines import Unjudged, units_of
from newsletter.report.needs import facts_of


@dataclass(frozen=True, slots=True)
class Desk:
    """An account with its machines, and its people by id and name."""

    account_id: int
    number: str
    name: str
    is_private: bool
    units: Sequence[Unjudged]
    people: Sequence[tuple[int, str]]


def desk(session: Session, account_id: int) -> Desk:
    """The account. Raises NotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    query = select(Person).join(Affiliation, Affiliation.person_id == Person.id)
    query = query.where(Affiliation.account_id == account_id).order_by(Person.last_name, Person.first_name, Person.id)
    people = [(person.id, person.name) for person in session.scalars(query)]
    name = account.name or account.number
    return Desk(account_id, account.number, name, account.is_private, units_of(session, account_id), people)


def written(session: Session, account_id: int, subject: Subject, now: datetime) -> list[Known]:
    """What colleagues ever wrote down on a subject, newest first."""
    return [fact for fact in reversed(facts_of(session, account_id, now)) if fact.subject == subject]
