"""Forgetting what no longer counts, so that a limit for every domain does not grow for ever."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.pace.meter import DayCount, Meter
from newsletter.pace.pause import end_run_out
from newsletter.pace.tick import shared_tick
from newsletter.pace.timeline import SECOND

_IDLE = 86_400 * SECOND
_DAYS = timedelta(days=3)  # copies admitted on an older day are not given back any more


def sweep(session: Session, now: datetime) -> None:
    """Forget meters without a send for a day, counts of days past, and pauses that ran out. Does not commit."""
    end_run_out(session, now)
    session.execute(delete(DayCount).where(DayCount.day < (now - _DAYS).date()))
    idle = Meter.last + 2 * Meter.step < shared_tick(session).shared - _IDLE
    # A meter that an engine holds is not idle, and to wait for it could make a circle.
    keys = session.scalars(select(Meter.key).where(idle).with_for_update(skip_locked=True)).all()
    for first in range(0, len(keys), 500):
        session.execute(delete(Meter).where(Meter.key.in_(keys[first : first + 500])))
