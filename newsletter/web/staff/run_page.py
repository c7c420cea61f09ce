"""One run on one page, and the part of it that moves."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from flask import render_template
from sqlalchemy.orm import Session

from newsletter.ledger.engine import EngineSeen
from newsletter.ledger.held_back import lacks_approval, why_not_sent
from newsletter.ledger.progress import Progress, progress
from newsletter.ledger.run import RunState
from newsletter.ledger.seen import engines_alive
from newsletter.ledger.states import State
from newsletter.pace.change import run_rate
from newsletter.pace.eta import Left
from newsletter.report.ahead import ahead
from newsletter.report.runs import RunHead, copies, run_head
from newsletter.report.standing import in_a_line, in_tens
from newsletter.report.taught import left_by
from newsletter.report.waves import WaveSeen, waves_of
from newsletter.report.wording import REASONS
from newsletter.results.keep import kept
from newsletter.results.look import LARGE, figures_of
from newsletter.results.trial_seen import trial_seen
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts

OVER = frozenset({RunState.FINISHED, RunState.CANCELLED})
_BY_NAME = 20
_PUT_OFF = 5

GROUPS: dict[str, tuple[str, tuple[State, ...]]] = {
    "accepted": ("accepted", (State.ACCEPTED,)),
    "to-go": ("to go", (State.WAITING, State.CLAIMED)),
    "retry": ("waiting to retry", (State.DEFERRED,)),
    "refused": ("refused", (State.REFUSED,)),
    "in-doubt": ("in doubt", (State.IN_DOUBT,)),
    "let-be": ("in doubt, left so", (State.LET_BE,)),
    "held": ("held", (State.HELD,)),
    "expired": ("given up", (State.EXPIRED,)),
    "bounced": ("came back", (State.BOUNCED,)),
    "withheld": ("left while waiting", (State.WITHHELD,)),
    "cancelled": ("cancelled", (State.CANCELLED,)),
}
"""The figures of a run: by the word in an address, what it is called and which states it counts."""

_ALWAYS_SHOWN = frozenset({"accepted", "to-go", "retry", "refused", "in-doubt", "held"})


class Moving(TypedDict):
    """What changes while a run goes on. `figures` are (word in the address, name, count)."""

    head: RunHead
    seen: Progress
    line: str
    over_at: datetime | None
    spoken: str
    figures: list[tuple[str, str, int]]
    left: int
    in_doubt: int
    held: int
    given_up: int
    again_at: datetime | None
    engines: list[EngineSeen]
    is_over: bool
    is_at_rest: bool
    waves: Sequence[WaveSeen]


def moving(session: Session, run_id: int) -> Moving:
    """What changes while a run goes on. Raises NotFound."""
    head, seen = run_head(session, run_id), progress(session, run_id, parts.now())
    # Where many copies go is counted by the engine, so nobody reads a million rows to look at a page.
    left = _left_as_counted(session, run_id) if seen.targeted > LARGE else None
    eta = ahead(session, house().config.errand(run_id), parts.now(), left=left)
    counted = {
        group: (name, sum(seen.copies.get(state, 0) for state in states)) for group, (name, states) in GROUPS.items()
    }
    return Moving(
        head=head,
        seen=seen,
        line=in_a_line(seen, eta, parts.now()),
        over_at=eta.done_at if eta else None,
        spoken=in_tens(seen),
        figures=[(group, *said) for group, said in counted.items() if said[1] or group in _ALWAYS_SHOWN],
        left=left_by(session, run_id),
        in_doubt=seen.copies.get(State.IN_DOUBT, 0),
        held=seen.copies.get(State.HELD, 0),
        given_up=seen.copies.get(State.EXPIRED, 0),
        again_at=_again_at(head),
        engines=engines_alive(house().db, parts.now()),
        is_over=head.state in OVER,
        is_at_rest=head.state in OVER and head.finished_at is not None,
        waves=waves_of(session, run_id),
    )


def _left_as_counted(session: Session, run_id: int) -> Sequence[Left]:
    figures = kept(session, run_id)
    return figures.left if figures else ()


def _again_at(head: RunHead) -> datetime | None:
    """When something is tried again, if that is what the run waits for."""
    due = head.next_due_at
    return due if due and due > parts.now() and head.state == RunState.SENDING else None


def run_page(run_id: int, *, conflict: str = "", status: int = 200) -> tuple[str, int]:
    """The page of a run; `conflict` says why a button did nothing. Raises NotFound."""
    with house().db.read() as session:
        now_seen = moving(session, run_id)
        targeted = now_seen["seen"].targeted
        figures = figures_of(session, run_id, targeted, house().config.zone, parts.now())
        page = render_template(
            "staff/bulletins/run.html",
            **now_seen,
            rate=run_rate(session, run_id),
            conflict=conflict,
            lacks_approval=lacks_approval(session, parts.desk().gate, run_id),
            why_not_sent=why_not_sent(session, run_id),
            counted=figures,
            trial=trial_seen(session, run_id, parts.now()),
            is_live=targeted <= LARGE,
            undecided=copies(session, run_id, (State.IN_DOUBT, State.HELD), limit=_BY_NAME),
            put_off=copies(session, run_id, (State.DEFERRED,), limit=_PUT_OFF),
            # They may have been counted before all of these were tried once more.
            refused_for=figures.refused_for if figures and now_seen["seen"].copies.get(State.REFUSED) else {},
            reasons=REASONS,
        )
    return page, status
