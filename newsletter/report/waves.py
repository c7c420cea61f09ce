"""The waves of a run, and what each brought."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.bulletin.waves import pause_in_words, share_in_words
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.states import OPEN, State
from newsletter.ledger.tally import counted_between
from newsletter.ledger.wave import WIDTH, Wave, WaveState, first_batch
from newsletter.ledger.wave_rule import CameBack
from newsletter.optout.opt_out import OptOut
from newsletter.report.runs import copies_of

_REFUSED = (State.REFUSED, State.BOUNCED, State.EXPIRED)
_ALIVE = (RunState.SENDING, RunState.PAUSED)


@dataclass(frozen=True, slots=True)
class WaveSeen:
    """One wave. `copies` is None before the run has started; `due_at` before the wave ahead of it has gone out.

    `stands` is one of "to come", "going out", "gone", "held" and "cancelled"; `to_go` are copies still open.
    """

    number: int
    share: str
    pause: str
    stands: str
    copies: int | None
    due_at: datetime | None
    opened_at: datetime | None
    opened_by: str
    accepted: int
    refused: int
    left: int
    to_go: int
    held_because: str

    @property
    def is_to_come(self) -> bool:
        """Whether it has not begun and still may."""
        return self.stands in ("to come", "held")


def waves_of(session: Session, run_id: int) -> Sequence[WaveSeen]:
    """The waves of a run in their order; none where it goes at once."""
    waves = session.scalars(select(Wave).where(Wave.run_id == run_id).order_by(Wave.number)).all()
    if not waves:
        return ()
    run = session.get_one(Run, run_id)
    return [_seen(session, run, wave, is_last=wave is waves[-1]) for wave in waves]


def came_back(session: Session, run_id: int, number: int) -> CameBack:
    """What a wave brought so far: a `ledger.wave_opening.Look`."""
    copies = _copies(session, run_id, number)
    refused = sum(copies[state] for state in _REFUSED)
    return CameBack(copies[State.ACCEPTED] + refused, refused, _left(session, session.get_one(Run, run_id), number))


def _seen(session: Session, run: Run, wave: Wave, *, is_last: bool) -> WaveSeen:
    copies = _copies(session, run.id, wave.number) if wave.copies is not None else Counter[State]()
    to_go = sum(copies[state] for state in OPEN)
    return WaveSeen(
        number=wave.number,
        share="the rest" if is_last else share_in_words(wave.share),
        pause=pause_in_words(wave.waits) if wave.pause else "",
        stands=_stands(run, wave, to_go),
        copies=wave.copies,
        due_at=wave.due_at if wave.number > 1 else run.due_at,
        opened_at=wave.opened_at,
        opened_by=wave.opened_by,
        accepted=copies[State.ACCEPTED],
        refused=sum(copies[state] for state in _REFUSED),
        left=_left(session, run, wave.number) if wave.copies and wave.opened_at else 0,
        to_go=to_go,
        held_because=wave.held_because if wave.state == WaveState.HELD else "",
    )


def _stands(run: Run, wave: Wave, to_go: int) -> str:
    if wave.state == WaveState.OPEN:
        return "going out" if to_go and run.state in _ALIVE else "gone"
    if run.state == RunState.CANCELLED:
        return "cancelled"
    return "held" if wave.state == WaveState.HELD else "to come"


def _copies(session: Session, run_id: int, number: int) -> Counter[State]:
    first = first_batch(number)
    return counted_between(session, run_id, first, first + WIDTH - 1)


def _left(session: Session, run: Run, number: int) -> int:
    first = first_batch(number)
    its = select(Delivery.batch).where(Delivery.id == OptOut.delivery_id).correlate(OptOut).scalar_subquery()
    query = select(func.count()).select_from(OptOut).where(copies_of(run, OptOut.delivery_id))
    return session.scalar(query.where(OptOut.undone_at.is_(None), its.between(first, first + WIDTH - 1))) or 0
