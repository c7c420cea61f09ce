"""A trial as a page shows it: both halves side by side, the rule, and what was decided."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.bulletin.trial import Measure, in_words
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.trial import TRIED, RunTrial
from newsletter.ledger.trial_rule import Halves, points, rule_in_words
from newsletter.ledger.wave import Wave
from newsletter.question.rates import Tally, wilson
from newsletter.results.tried import each_half

_ALIVE = (RunState.SENDING, RunState.PAUSED)


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of both halves, with the 95 % interval of each share and that of the difference, in words.

    Before the end that of the difference is the one for who looks at any time.
    The trial is decided by the one that `decides`.
    """

    measure: Measure
    a: Tally
    b: Tally
    a_between: str
    b_between: str
    difference: str
    decides: bool


@dataclass(frozen=True, slots=True)
class TrialSeen:
    """A trial. `titles` are those of a and b in the first language; `ends_at` is known once the sample has gone out.

    `is_open`: nothing is decided so far, nor will be where `is_cancelled`. `may_choose`: a colleague may.
    """

    plan: str
    rule: str
    titles: tuple[str, ...]
    rows: tuple[Row, ...]
    has_rest: bool
    has_started: bool
    is_open: bool
    is_cancelled: bool
    may_choose: bool
    ends_at: datetime | None
    winner: str
    decided_at: datetime | None
    decided_by: str
    because: str


def trial_seen(session: Session, run_id: int, now: datetime) -> TrialSeen | None:
    """The trial of a run as it stands, or as it stood when it was decided; None where nothing is tried."""
    row = session.get(RunTrial, run_id)
    if row is None:
        return None
    run, plan, is_open = session.get_one(Run, run_id), row.plan, row.decided_at is None
    ends_at = _ends_at(session, run, row)
    until = min(filter(None, (row.decided_at or now, ends_at)))
    is_at_the_end = row.decided_at is not None and ends_at is not None and row.decided_at >= ends_at
    brought = each_half(session, run_id, list(Measure), until)
    return TrialSeen(
        plan=in_words(plan),
        rule=rule_in_words(plan),
        titles=tuple(one.title for one in read_source(session.get_one(Version, run.version_id).source).each),
        rows=tuple(_row(measure, brought[measure], plan.measure, is_at_the_end=is_at_the_end) for measure in Measure),
        has_rest=plan.has_rest,
        has_started=run.started_at is not None,
        is_open=is_open,
        is_cancelled=run.state == RunState.CANCELLED,
        may_choose=is_open and plan.has_rest and run.state in _ALIVE,
        ends_at=ends_at,
        winner=row.winner,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        because=row.because,
    )


def _row(measure: Measure, halves: Halves, deciding: Measure, *, is_at_the_end: bool) -> Row:
    interval = halves.at_the_end if is_at_the_end else halves.at_any_time
    difference = f"{points(halves.gain)} points, {points(interval.low)} to {points(interval.high)}"
    between = (_between(halves.a), _between(halves.b))
    return Row(measure, halves.a, halves.b, *between, difference, measure is deciding)


def _between(tally: Tally) -> str:
    interval = wilson(tally)
    return f"{interval.low * 100:.1f} to {interval.high * 100:.1f} %" if tally.asked else ""


def _ends_at(session: Session, run: Run, row: RunTrial) -> datetime | None:
    if row.plan.has_rest:
        rest = session.get(Wave, (run.id, TRIED + 1))
        return rest.due_at if rest else None
    return run.finished_at + row.plan.wait if run.finished_at else None
