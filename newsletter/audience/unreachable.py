"""Whether mails to somebody come back: after one that says the mailbox is gone, or several over weeks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from newsletter.audience.address import read_address
from newsletter.audience.bounce import Bounce, Unreachable
from newsletter.audience.person import Person
from newsletter.db import rows_changed

FEWEST_SOFT, OVER = 3, timedelta(days=14)
"""So many mails that came back for now, the first so long before the last, are no longer a full mailbox."""
_REMEMBERED = timedelta(days=365)
_FOR_WEEKS = "full or not answering for weeks"


@dataclass(frozen=True, slots=True)
class CameBack:
    """One mail that came back; `key` names the mail, `address` is where it went."""

    key: str
    person_id: int
    address: str
    is_hard: bool
    status: str
    words: str


def came_back(session: Session, bounced: CameBack, now: datetime) -> bool:
    """Keep that a mail came back; whether that makes its person unreachable. Again changes nothing. Does not commit.

    The caller holds the person's row.
    """
    if session.scalar(select(Bounce.id).where(Bounce.key == bounced.key)) is not None:
        return False
    key = read_address(bounced.address).key
    session.add(
        Bounce(
            key=bounced.key,
            person_id=bounced.person_id,
            address_key=key,
            is_hard=bounced.is_hard,
            status=bounced.status,
            words=bounced.words,
            happened_at=now,
        )
    )
    session.flush()
    if not bounced.is_hard and not persists(_soft(session, bounced.person_id, key, now)):
        return False
    return _mark(session, bounced, key, now)


def persists(soft: Collection[datetime]) -> bool:
    """Whether mails that came back for now did so often enough, for long enough."""
    return len({at.date() for at in soft}) >= FEWEST_SOFT and max(soft) - min(soft) >= OVER


def is_unreachable() -> ColumnElement[bool]:
    """Whether a row of Unreachable, joined by person, holds for the address the Person has now."""
    return and_(Unreachable.address_key == Person.address_key, Unreachable.lifted_at.is_(None))


def lift_unreachable(session: Session, person_id: int, because: str, now: datetime) -> bool:
    """Write to somebody again; whether that changes anything. Does not commit."""
    standing = update(Unreachable).where(Unreachable.person_id == person_id, Unreachable.lifted_at.is_(None))
    return rows_changed(session, standing.values(lifted_at=now, lifted_because=because)) == 1


def _soft(session: Session, person_id: int, key: str, now: datetime) -> list[datetime]:
    """When mails to this address came back for now, since it was last known to work."""
    row = session.get(Unreachable, person_id)
    since = max(now - _REMEMBERED, row.lifted_at) if row and row.lifted_at else now - _REMEMBERED
    soft = Bounce.happened_at >= since, Bounce.is_hard.is_(False), Bounce.address_key == key
    return list(session.scalars(select(Bounce.happened_at).where(Bounce.person_id == person_id, *soft)))


def _mark(session: Session, bounced: CameBack, key: str, now: datetime) -> bool:
    person = session.get(Person, bounced.person_id)
    row = session.get(Unreachable, bounced.person_id)
    if person is None or person.address_key != key:
        return False  # they have another address by now
    if row is not None and row.lifted_at is None and row.address_key == key:
        return False
    row = row or Unreachable(person_id=bounced.person_id)
    row.address_key, row.since = key, now
    row.because = bounced.status or bounced.words[:80] if bounced.is_hard else _FOR_WEEKS
    row.lifted_at, row.lifted_because = None, ""
    session.add(row)
    session.flush()
    return True
