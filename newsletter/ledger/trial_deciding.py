"""Deciding a trial once: by the rule at the end of its wait, or by a colleague before."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from newsletter.bulletin.trial import Measure, Trial
from newsletter.bulletin.variant import VARIANTS
from newsletter.db import Database, rows_changed
from newsletter.errors import Conflict, Refused
from newsletter.ledger.control import need_run, note
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.trial import TRIED, RunTrial, undecided
from newsletter.ledger.trial_rule import Decided, Halves, by_hand, decide
from newsletter.ledger.wave import Wave
from newsletter.ledger.wave_opening import open_shut

Count = Callable[[Session, int, Measure, datetime], Halves]
"""Gives what both halves of a run's trial brought until a moment, by a measure."""

_ALIVE = (RunState.SENDING, RunState.PAUSED)
_DECIDABLE = (*_ALIVE, RunState.FINISHED)


def decide_due(db: Database, engine: str, now: datetime, count: Count) -> list[int]:
    """Decide every trial whose wait is over; the ids of the runs that this engine decided.

    What came in after the end of the wait does not count, however late an engine looks.
    """
    with db.read() as session:
        due = [(run_id, trial, count(session, run_id, trial.measure, end)) for run_id, trial, end in _due(session, now)]
    return [run_id for run_id, trial, halves in due if _decide(db, run_id, decide(trial, halves), engine, now)]


def choose_by_hand(db: Database, run_id: int, variant: str, author: str, now: datetime, count: Count) -> None:
    """Send the rest in a variant now, without waiting for the rule. Written down as what it is.

    Raises Refused for no variant, NotFound, and Conflict where nothing waits for a decision.
    """
    if variant not in VARIANTS:
        raise Refused("Choose a or b.")
    with db.write() as session:
        state = need_run(session, run_id)
        trial = session.get(RunTrial, run_id)
        if trial is None or trial.decided_at or not trial.plan.has_rest or state not in _ALIVE:
            raise Conflict(f"Nothing in run {run_id} waits for a choice.", hint="Nothing was changed.")
        measure = trial.plan.measure
        because = by_hand(measure, count(session, run_id, measure, now), author)
        _write(session, run_id, variant, because, author, now)
        open_shut(session, run_id, [TRIED + 1], author, now)


def _due(session: Session, now: datetime) -> Iterator[tuple[int, Trial, datetime]]:
    """Run, plan and end of the wait of the trials to decide."""
    rest = Wave.run_id == RunTrial.run_id, Wave.number == TRIED + 1
    query = undecided().add_columns(Wave.due_at, Run.finished_at).join(Run, Run.id == RunTrial.run_id)
    query = query.outerjoin(Wave, rest[0] & rest[1]).where(Run.state.in_(_DECIDABLE))
    for trial, due_at, finished_at in session.execute(query):
        # Where nobody waits, all have gone out when the run is over.
        end = due_at or (finished_at + trial.plan.wait if finished_at else None)
        if end and end <= now:
            yield trial.run_id, trial.plan, end


def _decide(db: Database, run_id: int, decided: Decided, engine: str, now: datetime) -> bool:
    with db.write() as session:
        return need_run(session, run_id) in _DECIDABLE and _write(
            session, run_id, decided.winner, decided.because, engine, now
        )


def _write(session: Session, run_id: int, winner: str, because: str, who: str, now: datetime) -> bool:
    """Whether it was still open, and is decided now."""
    still_open = update(RunTrial).where(RunTrial.run_id == run_id, RunTrial.decided_at.is_(None))
    told = {"decided_at": now, "decided_by": who, "winner": winner, "because": because}
    is_ours = rows_changed(session, still_open.values(told).execution_options(synchronize_session=False)) == 1
    if is_ours:
        note(session, who, f"decided the trial for {winner}: {because}", run_id, now)
    return is_ours
