"""How late a run may start without anybody being asked."""

from datetime import datetime, timedelta

from sqlalchemy import select

from newsletter.db import Database
from newsletter.errors import Conflict, NotFound
from newsletter.ledger.control import note
from newsletter.ledger.run import Run, RunState


def change_grace(db: Database, run_id: int, author: str, now: datetime, *, grace: timedelta) -> None:
    """Let a run that has not started be so late. Raises NotFound, and Conflict where it has started or is over."""
    with db.write() as session:
        run = session.scalar(select(Run).where(Run.id == run_id).with_for_update())
        if run is None:
            raise NotFound(f"There is no run {run_id}.")
        if run.state != RunState.SCHEDULED:
            raise Conflict(f"Run {run_id} is {run.state}.", hint="Nothing was changed.")
        run.start_by = run.due_at + grace
        note(session, author, f"may be late by {grace.total_seconds() / 3600:g} h", run_id, now)
