"""The first minutes of a run, in which most runs go out whole: what may wait leaves the machine to them."""

from datetime import datetime, timedelta

from sqlalchemy import select

from newsletter.db import Database
from newsletter.ledger.run import Run, RunState

RUSH = timedelta(minutes=10)
"""Long enough for millions of copies; one that sends for weeks under its limits keeps nobody waiting."""


def is_rushing(db: Database, now: datetime) -> bool:
    """Whether a run is being sent that began only minutes ago."""
    begun = select(Run.id).where(Run.state == RunState.SENDING, Run.started_at > now - RUSH)
    with db.read() as session:
        return session.scalar(begun.limit(1)) is not None
