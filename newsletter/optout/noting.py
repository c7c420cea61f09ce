"""What a colleague notes of somebody who asked us to stop: on the telephone, by hand, face to face."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.consent import ConsentAct, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.topic import Topic
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.links import OptOutLink
from newsletter.optout.act import Left, leave
from newsletter.optout.opt_out import Way
from newsletter.staff.audit import AuditEntry

EVERYTHING = 0
"""Stands for all topics where a topic id is asked for."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asked us to stop, with the topics they may still get (id, name) and the account they stand at."""

    person_id: int
    name: str
    address: str
    account_number: str  # empty where there is none
    topics: tuple[tuple[int, str], ...]


def caller(session: Session, person_id: int) -> Caller:
    """Who it is. Raises NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(f"There is no person {person_id}.")
    topics = (
        select(Topic.id, Topic.name)
        .join(Subscription, Subscription.topic_id == Topic.id)
        .where(Subscription.person_id == person_id, Subscription.state != ConsentAct.WITHDRAWN)
        .order_by(Topic.name)
    )
    account = select(Account.number).join(Affiliation, Affiliation.account_id == Account.id)
    number = session.scalar(account.where(Affiliation.person_id == person_id).order_by(Account.number).limit(1))
    rows = tuple((row.id, row.name) for row in session.execute(topics))
    return Caller(person.id, person.name, person.address, number or "", rows)


def note_leaving(db: Database, person_id: int, topic_id: int, who: str, now: datetime) -> Left:
    """Take somebody off a topic, or off EVERYTHING, because they told a colleague; it says who noted it.

    Raises NotFound when the person is gone. Leaving again changes nothing.
    """
    link = OptOutLink(person_id, topic_id, 0)
    with db.write() as session:
        left = leave(session, link, Way.STAFF, now, everything=topic_id == EVERYTHING)
        if left.is_new:
            subject = f"person {person_id}, opt-out {left.opt_out_id}"
            session.add(AuditEntry(at=now, who=who, act="noted an opt-out", subject=subject))
        return left
