"""How many people, accounts and machines a definition covers now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.segment.choosing import select_of
from newsletter.segment.definition import Definition
from newsletter.segment.selecting import Selected


@dataclass(frozen=True, slots=True)
class Covered:
    """So many people are chosen; they stand at so many accounts that are meant, with so many machines that are."""

    people: int
    accounts: int
    machines: int
    counted_at: datetime


def count_people(session: Session, definition: Definition, now: datetime) -> int:
    """How many people a definition chooses. Raises Refused."""
    _make_room(session)
    return _size(session, select_of(session, definition, now).people)


def count_covered(session: Session, definition: Definition, now: datetime) -> Covered:
    """All of it. Raises Refused."""
    found = select_of(session, definition, now)
    _make_room(session)
    people = _size(session, found.people)
    accounts = accounts_of(found)
    # Not joined: SQLite would find the accounts anew for each machine.
    machines = select(func.count()).select_from(Unit).where(Unit.account_id.in_(accounts))
    if found.units is not None:
        machines = machines.where(Unit.id.in_(found.units.correlate(None)))
    covered = session.scalar(select(func.count()).select_from(accounts.subquery()))
    return Covered(people, covered or 0, session.scalar(machines) or 0, counted_at=now)


def _size(session: Session, people: Select[int]) -> int:
    """How many there are. Both databases count what is different faster than they make a table of it."""
    (who,) = people.selected_columns
    return session.scalar(people.with_only_columns(func.count(who.distinct()), maintain_column_froms=True)) or 0


def _make_room(session: Session) -> None:
    """Let PostgreSQL hold the ids of a million people in memory until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL work_mem = '64MB'"))


def accounts_of(found: Selected) -> Select[int]:
    """The ids of the accounts that are meant and at which somebody stands who is chosen."""
    (person_id,) = found.people.subquery("people").c
    stands = select(Affiliation.account_id.label("id")).join(person_id.table, person_id == Affiliation.person_id)
    return (stands if found.accounts is None else stands.where(Affiliation.account_id.in_(found.accounts))).distinct()


def some_people(session: Session, definition: Definition, now: datetime, limit: int = 10) -> Sequence[Person]:
    """The first of them, as an example. Raises Refused."""
    found = select_of(session, definition, now).people
    return session.scalars(select(Person).where(Person.id.in_(found)).order_by(Person.id).limit(limit)).all()
