from datetime import datetime

from sqlalchemy import select

from newsletter.audience.bounce import Unreachable
from newsletter.audience.unreachable import lift_unreachable
from newsletter.db import Database
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind

_ANSWERS = (Kind.CHECK_IN_ANSWER, Kind.HEARTBEAT, Kind.ACKNOWLEDGEMENT, Kind.PULSE)
BECAUSE = "they answered one of our mails"


def find_again(db: Database, now: datetime) -> int:
    """Write again to those whose mail came back and who have answered by one since; how many they are."""
    answered = select(Evidence.id).where(
        Evidence.person_id == Unreachable.person_id,
        Evidence.kind.in_(_ANSWERS),
        Evidence.observed_at > Unreachable.since,
    )
    lost = select(Unreachable.person_id).where(Unreachable.lifted_at.is_(None), answered.exists())
    with db.read() as session:
        people = session.scalars(lost).all()
    if not people:
        return 0
    with db.write() as session:
        return sum(lift_unreachable(session, person_id, BECAUSE, now) for person_id in people)
