"""What staff may do to a run: schedule, start though it is late, pause, resume, cancel."""

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.bulletin.trial_fit import need_fitting
from newsletter.bulletin.when import PROMPT, When, need_one_plan
from newsletter.bulletin.write import lock
from newsletter.db import Database, rows_changed
from newsletter.errors import Conflict, NotFound
from newsletter.ledger.again import hold_batches
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.places import places
from newsletter.ledger.queue import enqueue_batches, enqueue_run
from newsletter.ledger.reminding import need_machines
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.shift import shift
from newsletter.ledger.states import Event, State, move
from newsletter.ledger.tally import may_have, write_tally
from newsletter.ledger.trial import plan_trial
from newsletter.ledger.wave import Wave, is_shut
from newsletter.pace.change import forget_run, open_run, rate_run, run_rate
from newsletter.pace.rate import Rate
from newsletter.pace.span import read_open
from newsletter.staff.audit import AuditEntry

_BATCHES_AT_ONCE = 2  # in one transaction: so long nobody else writes on SQLite
_WHILE_ONE_WAITS, _IN_A_BEAT = 4_000, 40_000  # copies: what half a second and some are enough for
_ENDABLE = (RunState.SCHEDULED, RunState.LATE, RunState.SENDING, RunState.PAUSED)


def schedule(session: Session, version: Version, topic: Topic, when: When, author: str, now: datetime) -> Run:
    """A run of a version, due at a time; the version is frozen from here on. Does not commit.

    Raises BadTime for waves at everybody's own time, Refused for hours that are none.
    """
    need_one_plan(when)
    lock(session, version.bulletin_id)
    session.refresh(version)
    source = read_source(version.source)
    need_fitting(source, when)
    if when.remind:
        need_machines(source)
    version.frozen_at = version.frozen_at or now
    times = places(session, when.wall, when.zone, now).times if when.is_theirs else (when.at,)
    run = Run(
        version_id=version.id,
        topic_id=topic.id,
        state=RunState.SCHEDULED,
        due_at=times[0],
        start_by=times[0] + when.grace,
        is_theirs=when.is_theirs,
        until=times[-1] if when.is_theirs else None,
        due_local=when.local,
        zone=when.zone,
        seed=secrets.token_hex(8),
        author=author,
        created_at=now,
        is_safety=source.klass is BulletinClass.SAFETY,
        remind=when.remind,
    )
    session.add(run)
    session.flush()
    if when.hours:
        open_run(session, run.id, read_open(when.hours))
    _plan_parts(session, run, when)
    note(session, author, "schedule", run.id, now)
    return run


def _plan_parts(session: Session, run: Run, when: When) -> None:
    if when.trial:
        plan_trial(session, run.id, when.trial)
    for number, step in enumerate(when.parts, 1):
        pause = int(step.pause.total_seconds())
        session.add(Wave(run_id=run.id, number=number, share=step.share, pause=pause))


def start_late(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Let a late run start, with as much grace as it was ordered with. Raises Conflict where it is not late."""
    with db.write() as session:
        _switch(session, run_id, (RunState.LATE,), RunState.SCHEDULED, author, now, act="start late")
        run = session.get_one(Run, run_id)
        if run.start_by is not None:
            run.start_by = now + max(run.start_by - run.due_at, PROMPT)


def pause(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Stop claiming copies; those in an engine's hand go out. Raises Conflict where the run is not sending."""
    with db.write() as session:
        _switch(session, run_id, (RunState.SENDING,), RunState.PAUSED, author, now)


def resume(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Go on with exactly the rest. Raises Conflict where the run is not paused."""
    with db.write() as session:
        _switch(session, run_id, (RunState.PAUSED,), RunState.SENDING, author, now)
        enqueue_run(session, run_id, now)


def change_rate(db: Database, run_id: int, author: str, now: datetime, *, rate: Rate | None) -> None:
    """Send a run at most at this rate, or at none of its own. Raises NotFound, and Conflict where the run is over."""
    with db.write() as session:
        state = need_run(session, run_id)
        if state not in _ENDABLE:
            raise Conflict(f"Run {run_id} is {state}.", hint="Nothing was changed.")
        if rate is not None or run_rate(session, run_id) is not None:
            rate_run(session, run_id, rate, by=author, now=now)


def cancel(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Never send what has not been sent. Raises Conflict where the run is over already.

    The run is cancelled at once, so no engine claims another copy. Its copies are marked after it, some at a time, and
    where they are many only the first of them: an engine marks the others, for a million take half a minute.
    """
    with db.write() as session:
        _switch(session, run_id, _ENDABLE, RunState.CANCELLED, author, now)
    _cancel_copies(db, run_id, author, now, enough=_WHILE_ONE_WAITS)


def finish_cancelling(db: Database, author: str, now: datetime) -> None:
    """Go on where a cancel has left copies, because they were many or because its process ended.

    For some seconds at most: an engine that is to stop waits for it.
    """
    half_done = (Run.state == RunState.CANCELLED, Run.finished_at.is_(None))
    with db.read() as session:
        runs = session.scalars(select(Run.id).where(*half_done)).all()
    for run_id in runs:
        _cancel_copies(db, run_id, author, now, enough=_IN_A_BEAT)


def _cancel_copies(db: Database, run_id: int, author: str, now: datetime, *, enough: int) -> None:
    """Mark the copies of a cancelled run that no engine has in hand, then the run as over; no more after `enough`."""
    marked, last = 0, -1
    while True:
        with db.write() as session:
            numbers = session.scalars(_with_open_copies(run_id, last).limit(_BATCHES_AT_ONCE)).all()
            if not numbers:
                session.execute(update(Run).where(Run.id == run_id).values(finished_at=now))
                forget_run(session, run_id)
                return
            if marked >= enough:
                return
            marked += _cancel_batches(session, run_id, numbers, author, now)
            last = numbers[-1]


def _with_open_copies(run_id: int, beyond: int) -> Select[int]:
    _, origins = move(Event.CANCEL)
    its = (Delivery.run_id == run_id) & (Delivery.batch == Batch.number) & Delivery.state.in_(origins)
    has_some = may_have(origins) & select(Delivery.id).where(its).exists()
    return select(Batch.number).where(Batch.run_id == run_id, Batch.number > beyond, has_some).order_by(Batch.number)


def _cancel_batches(session: Session, run_id: int, numbers: Collection[int], author: str, now: datetime) -> int:
    theirs = (Batch.run_id == run_id) & Batch.number.in_(numbers)
    hold_batches(session, theirs)
    session.execute(update(Batch).where(theirs).values(due_at=None))
    marked = shift(session, (Delivery.run_id == run_id) & Delivery.batch.in_(numbers), Event.CANCEL, author, now)
    for number in numbers:  # or whoever goes on would look at each of these copies again
        write_tally(session, (run_id, number))
    return marked


def wake(session: Session, run_id: int, numbers: Collection[int], now: datetime) -> None:
    """Make those of these batches due that have waiting copies, and a finished run go on. Does not commit.

    The run and the batches are held.
    """
    waiting = select(Delivery.batch).where(Delivery.run_id == run_id, Delivery.state == State.WAITING)
    woken = session.scalars(waiting.where(Delivery.batch.in_(numbers)).distinct()).all()
    if not woken:
        return
    theirs = update(Batch).where(Batch.run_id == run_id, Batch.number.in_(woken), ~is_shut())
    session.execute(theirs.values(due_at=now).execution_options(synchronize_session=False))
    enqueue_batches(session, [(run_id, number) for number in woken], now)
    again = update(Run).where(Run.id == run_id, Run.state == RunState.FINISHED)
    session.execute(again.values(state=RunState.SENDING, finished_at=None))


def _switch(
    session: Session,
    run_id: int,
    origins: tuple[RunState, ...],
    target: RunState,
    author: str,
    now: datetime,
    act: str = "",
) -> None:
    if not rows_changed(session, update(Run).where(Run.id == run_id, Run.state.in_(origins)).values(state=target)):
        run = session.get(Run, run_id)
        if run is None:
            raise NotFound(f"There is no run {run_id}.")
        raise Conflict(f"Run {run_id} is {run.state}.", hint="Nothing was changed.")
    note(session, author, act or target, run_id, now)


def note(session: Session, author: str, act: str, run_id: int, now: datetime) -> None:
    """Write down who did what to a run. Does not commit."""
    session.add(AuditEntry(at=now, who=author, act=act, subject=f"run {run_id}"))


def need_run(session: Session, run_id: int) -> RunState:
    """The state of a run, which nobody changes before the transaction ends."""
    state = session.scalar(select(Run.state).where(Run.id == run_id).with_for_update())
    if state is None:
        raise NotFound(f"There is no run {run_id}.")
    return RunState(state)


def klass_of(session: Session, run: Run) -> BulletinClass:
    """The class of the bulletin a run sends."""
    return read_source(session.get_one(Version, run.version_id).source).klass
