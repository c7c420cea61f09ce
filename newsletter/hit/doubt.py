"""What a program said about a machine is not believed: the evidence of its taps is taken back, and stays readable."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.hit.hit import Hit
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note

_AT_ONCE = 1_000  # a database takes only so many values in one query

DOUBTED = "taken back: a program pressed the button"


def take_back(session: Session, hits: Sequence[Hit], now: datetime) -> int:
    """Take back what these hits are evidence of; how much it was. Does not commit. Again changes nothing.

    What a tap is evidence of was noted with the tap's own time, by the tap's person.
    """
    return sum(_take_back_some(session, hits[first : first + _AT_ONCE], now) for first in range(0, len(hits), _AT_ONCE))


def _take_back_some(session: Session, hits: Sequence[Hit], now: datetime) -> int:
    made = {(hit.person_id, hit.at) for hit in hits}
    told = session.scalars(
        select(Evidence).where(
            Evidence.person_id.in_({person_id for person_id, _ in made}),
            Evidence.observed_at.in_({at for _, at in made}),
            Evidence.says.is_not(None),
        )
    ).all()
    doubted = [row for row in told if (row.person_id, row.observed_at) in made]
    return supersede(session, doubted, DOUBTED, now)


def supersede(session: Session, told: Sequence[Evidence], source: str, now: datetime) -> int:
    """Put in the place of each a row that says nothing, unless one stands there; how many were. Does not commit."""
    replaced = set(
        session.scalars(select(Evidence.supersedes_id).where(Evidence.supersedes_id.in_(e.id for e in told)))
    )
    standing = sorted((row for row in told if row.id not in replaced), key=lambda row: (row.account_id, row.id))
    for row in standing:
        note(session, _nothing(row, source, now), now)
    return len(standing)


def _nothing(row: Evidence, source: str, now: datetime) -> Observation:
    return Observation(
        key=f"{row.key}:taken back",
        account_id=row.account_id,
        unit_id=row.unit_id,
        person_id=row.person_id,
        kind=Kind.MACHINE_CLICK,
        says=None,
        detail=row.detail,
        observed_at=now,
        source=source,
        bulletin_number=row.bulletin_number,
        delivery_id=row.delivery_id,
        wording_version=row.wording_version,
        supersedes=row.key,
    )
