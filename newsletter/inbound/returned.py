"""A mail that came back to the address it was sent from: what becomes of the copy, and of who should have got it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.audience.unreachable import CameBack, came_back
from newsletter.bounce.dsn import Failure
from newsletter.bounce.grade import Grade
from newsletter.db import Database
from newsletter.inbound.noting import Mail, note_about
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import Result, record_one
from newsletter.ledger.states import Event
from newsletter.post.posted import PostedLetter
from newsletter.signal.kinds import Kind

WHO = "incoming mail"
_ABOUT_THE_ADDRESS = frozenset({Grade.HARD, Grade.SOFT})


@dataclass(frozen=True, slots=True)
class _Sent:
    """A mail of ours by the key it is kept under, and whose it was."""

    key: str
    person_id: int | None
    address: str
    delivery_id: int | None = None


def copy_came_back(db: Database, delivery_id: int, failure: Failure, now: datetime) -> None:
    """Note that a copy was not delivered after all; the same report twice is one."""
    with db.write() as session:
        copy = session.get(Delivery, delivery_id)
        if copy is None:
            return
        _hold(session, copy.person_id)
        record_one(session, Result(delivery_id, Event.BOUNCE, _in_words(failure)), WHO, now)
        _mark(session, _Sent(f"delivery:{copy.id}", copy.person_id, copy.address, copy.id), failure, now)


def letter_came_back(db: Database, letter_id: int, failure: Failure, now: datetime) -> None:
    """The same of a letter that is no bulletin."""
    with db.write() as session:
        letter = session.get(PostedLetter, letter_id)
        if letter is None or not letter.address:
            return
        _hold(session, letter.person_id)
        letter.outcome = f"came back: {_in_words(failure)}"
        _mark(session, _Sent(f"letter:{letter.id}", letter.person_id, letter.address), failure, now)


def _hold(session: Session, person_id: int | None) -> None:
    # People come before everything else, as an opt-out takes them.
    held = select(Person.id).where(Person.id == person_id)
    session.execute(held.with_for_update(key_share=True))


def _mark(session: Session, sent: _Sent, failure: Failure, now: datetime) -> None:
    if sent.person_id is None or failure.grade not in _ABOUT_THE_ADDRESS or not session.get(Person, sent.person_id):
        return
    bounced = CameBack(
        key=sent.key,
        person_id=sent.person_id,
        address=sent.address,
        is_hard=failure.grade is Grade.HARD,
        status=failure.status,
        words=failure.words,
    )
    if came_back(session, bounced, now):
        note_about(
            session, Mail(sent.person_id, sent.delivery_id), Kind.BOUNCE, failure.status, f"bounce:{sent.key}", now
        )


def _in_words(failure: Failure) -> str:
    is_in_them = not failure.status or failure.status in failure.words
    return failure.words if is_in_them else f"{failure.status} {failure.words}".strip()
