"""Keeping the figures of runs: counted anew every minute while a run goes on, then more and more seldom."""

import json
import time
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.ledger.run import Run, RunState
from newsletter.results.count import count
from newsletter.results.figures import Figures
from newsletter.results.run_figures import RunFigures, due_figures, take_up

_SOONEST, _LATEST = timedelta(minutes=1), timedelta(days=1)
_SHARE = 20  # at most so much of the time is spent on counting one run: a twentieth
FOLLOWED = timedelta(days=90)
"""So long after its end a run is looked at again."""

_GOES_ON = (RunState.SENDING, RunState.PAUSED)


def keep_figures(db: Database, zone: str, now: datetime) -> int:
    """Count every run whose figures are due; how many it were."""
    total = 0
    for run_id in due_figures(db, now):
        if take_up(db, run_id, now):
            keep_of(db, run_id, zone, now)
            total += 1
    return total


def keep_of(db: Database, run_id: int, zone: str, now: datetime) -> None:
    """Count one run and keep its figures."""
    began = time.monotonic()
    with db.read() as session:
        figures = count(session, run_id, zone, now)
    took = timedelta(seconds=time.monotonic() - began)
    with db.write() as session:
        due_at = next_count(session.get_one(Run, run_id), now, took)
        row = {"due_at": due_at, "counted_at": now, "figures": json.dumps(figures.as_plain())}
        session.merge(RunFigures(run_id=run_id, **row))


def kept(session: Session, run_id: int) -> Figures | None:
    """The figures of a run as they were counted last; None before the first time."""
    row = session.get(RunFigures, run_id)
    return Figures.of_plain(row.counted_at, json.loads(row.figures)) if row and row.figures else None


def next_count(run: Run, now: datetime, took: timedelta) -> datetime | None:
    """When the figures of a run are worth counting again, after counting them `took` so long. Pure."""
    if run.state in _GOES_ON:
        return now + max(_SOONEST, _SHARE * took)
    since = now - (run.finished_at or now)
    return now + min(_LATEST, max(_SOONEST, _SHARE * took, since / 20)) if since < FOLLOWED else None
