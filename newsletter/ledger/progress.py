"""How a run is getting on."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.errors import NotFound
from newsletter.ledger.delivery import Omission
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.states import OPEN, State
from newsletter.ledger.tally import counted
from newsletter.pace.throughput import recent_rate


@dataclass(frozen=True, slots=True)
class Progress:
    """`copies` counts by state, `left_out` by rule. `per_second` is of late, or over the whole run once it is over."""

    run_id: int
    state: RunState
    copies: dict[State, int]
    left_out: dict[str, int]
    per_second: float

    @property
    def targeted(self) -> int:
        """All copies of the run."""
        return sum(self.copies.values())

    @property
    def settled(self) -> int:
        """Copies that need no more work."""
        return self.targeted - self.open

    @property
    def open(self) -> int:
        """Copies still to go, those waiting for a retry included."""
        return sum(count for state, count in self.copies.items() if state in OPEN)

    @property
    def percent(self) -> int:
        """Settled copies in percent, never 100 before the last; a run without copies has all once it is over."""
        if not self.targeted:
            return 100 if self.state in (RunState.FINISHED, RunState.CANCELLED) else 0
        return self.settled * 100 // self.targeted


def progress(session: Session, run_id: int, now: datetime) -> Progress:
    """How a run is getting on. Raises NotFound."""
    run = session.get(Run, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    copies = dict(counted(session, [run_id])[run_id])
    of_late = recent_rate(session, run_id, now) if run.state == RunState.SENDING else None
    per_second = of_late or _per_second(run, copies, now)
    return Progress(run_id, RunState(run.state), copies, _left_out(session, run), per_second)


def _left_out(session: Session, run: Run) -> dict[str, int]:
    if run.left_out is not None:
        return dict(json.loads(run.left_out))
    by_rule = select(Omission.rule, func.count()).where(Omission.run_id == run.id).group_by(Omission.rule)
    return dict(session.execute(by_rule.order_by(Omission.rule)).all())


def _per_second(run: Run, copies: dict[State, int], now: datetime) -> float:
    if run.started_at is None:
        return 0.0
    seconds = ((run.finished_at or now) - run.started_at).total_seconds()
    return copies.get(State.ACCEPTED, 0) / seconds if seconds >= 1 else 0.0
