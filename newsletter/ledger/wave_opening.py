"""Opening one wave of a run after the other: by the engine when its time has come, or by a colleague at once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Select, Update, select, update
from sqlalchemy.orm import Session

from newsletter.db import Database, rows_changed
from newsletter.errors import Conflict
from newsletter.ledger.again import hold_batches
from newsletter.ledger.control import need_run, note
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.layout import AT_ONCE
from newsletter.ledger.queue import enqueue_batches
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import State
from newsletter.ledger.trial import is_undecided, winner_of
from newsletter.ledger.wave import WIDTH, Wave, WaveState, first_batch
from newsletter.ledger.wave_rule import CameBack, alarm

Look = Callable[[Session, int, int], CameBack]
"""Gives what a wave brought so far: run id and number of the wave."""

_ALIVE = (RunState.SENDING, RunState.PAUSED)


def open_first(waves: Sequence[Wave], sizes: dict[int, int], engine: str, now: datetime) -> None:
    """Note how large each wave has become, from the size of each batch; the first and the empty ones are open."""
    copies = dict.fromkeys(range(1, len(waves) + 1), 0)
    for batch, size in sizes.items() if waves else ():
        copies[batch // WIDTH + 1] += size
    for wave in waves:
        wave.copies = copies[wave.number]
        if wave.number == 1 or not wave.copies:
            wave.state, wave.opened_at, wave.opened_by = WaveState.OPEN, now, engine


def open_due(db: Database, engine: str, now: datetime, look: Look) -> list[tuple[int, int]]:
    """Open every wave whose time has come, or hold it; (run id, number) of those this engine opened.

    The wait begins when each copy of the waves before was tried once. Nothing happens in a run that is paused.
    """
    with db.read() as session:
        nexts = [wave for wave in _nexts(session) if wave.state == WaveState.WAITING]
        to_time = [wave for wave in nexts if wave.due_at is None and _has_gone(session, wave)]
        due = [wave for wave in nexts if wave.due_at is not None and wave.due_at <= now]
    for wave in to_time:
        with db.write() as session:
            waits = _this(wave, WaveState.WAITING).where(Wave.due_at.is_(None))
            session.execute(waits.values(due_at=now + wave.waits))
    return [(wave.run_id, wave.number) for wave in due if _open_or_hold(db, wave, engine, now, look)]


def send_next(db: Database, run_id: int, author: str, now: datetime) -> int:
    """Let the next wave go now, whatever it waits for; its number. Raises Conflict where none waits, NotFound."""
    with db.write() as session:
        numbers = _need_waiting(session, run_id)
        open_shut(session, run_id, numbers[:1], author, now)
        return numbers[0]


def send_rest(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Let all waves go now. Raises Conflict where none waits, NotFound."""
    with db.write() as session:
        open_shut(session, run_id, _need_waiting(session, run_id), author, now)


def _open_or_hold(db: Database, wave: Wave, engine: str, now: datetime, look: Look) -> bool:
    with db.write() as session:
        if need_run(session, wave.run_id) != RunState.SENDING or is_undecided(session, wave.run_id):
            return False
        because = alarm(look(session, wave.run_id, wave.number - 1))
        if not because:
            return open_shut(session, wave.run_id, [wave.number], engine, now)
        held = _this(wave, WaveState.WAITING).values(state=WaveState.HELD, held_because=because)
        if rows_changed(session, held):
            note(session, engine, f"held wave {wave.number}: {because}", wave.run_id, now)
        return False


def open_shut(session: Session, run_id: int, numbers: Sequence[int], who: str, now: datetime) -> bool:
    """Open waves of a run whose row is locked; whether there was one to open. Does not commit.

    Where variants were tried, their copies are the winner's. Raises Conflict where none is known.
    """
    if is_undecided(session, run_id):
        hint = "Choose a or b on the page of the run, or wait."
        raise Conflict(f"Which variant the rest of run {run_id} gets is not decided.", hint=hint)
    shut = update(Wave).where(Wave.run_id == run_id, Wave.number.in_(numbers), Wave.state != WaveState.OPEN)
    opened = session.scalars(
        shut.values(state=WaveState.OPEN, opened_at=now, opened_by=who).returning(Wave.number)
    ).all()
    for number in sorted(opened):
        first = first_batch(number)
        its = (Batch.run_id == run_id) & Batch.number.between(first, first + WIDTH - 1)
        hold_batches(session, its)
        due = update(Batch).where(its).values(due_at=AT_ONCE, variant=winner_of(session, run_id))
        batches = session.scalars(due.returning(Batch.number)).all()
        enqueue_batches(session, [(run_id, batch) for batch in sorted(batches)], now)
        note(session, who, f"opened wave {number}", run_id, now)
    return bool(opened)


def _need_waiting(session: Session, run_id: int) -> list[int]:
    state = need_run(session, run_id)
    shut = select(Wave.number).where(Wave.run_id == run_id, Wave.state != WaveState.OPEN).order_by(Wave.number)
    numbers = list(session.scalars(shut)) if state in _ALIVE else []
    if not numbers:
        raise Conflict(f"No wave of run {run_id} waits to be sent.", hint="Nothing was changed.")
    return numbers


def _nexts(session: Session) -> list[Wave]:
    """The next wave of each run that is being sent."""
    shut = select(Wave).join(Run, Run.id == Wave.run_id).where(Wave.state != WaveState.OPEN)
    waves = session.scalars(shut.where(Run.state == RunState.SENDING).order_by(Wave.run_id, Wave.number))
    return [next(theirs) for _, theirs in groupby(waves, key=attrgetter("run_id"))]


def _has_gone(session: Session, wave: Wave) -> bool:
    """Whether no copy of the waves before waits for its first try."""
    return session.scalar(_batches_to_go(wave).limit(1)) is None


def _batches_to_go(wave: Wave) -> Select[int]:
    untried = select(Delivery.id).where(
        Delivery.run_id == Batch.run_id,
        Delivery.batch == Batch.number,
        Delivery.state.in_((State.WAITING, State.CLAIMED)),
    )
    before = Batch.run_id == wave.run_id, Batch.number < first_batch(wave.number), Batch.due_at.is_not(None)
    return select(Batch.number).where(*before, untried.exists())


def _this(wave: Wave, state: WaveState) -> Update:
    return update(Wave).where(Wave.run_id == wave.run_id, Wave.number == wave.number, Wave.state == state)
