"""What staff may do to a run: schedule, pause, resume, cancel, and decide about copies in doubt."""

import secrets
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.bulletin.when import When
from newsletter.bulletin.write import lock
from newsletter.db import Database, rows_changed
from newsletter.errors import Conflict, NotFound
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import add_events
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import Event, State, move
from newsletter.staff.audit import AuditEntry


def schedule(session: Session, version: Version, topic: Topic, when: When, author: str, now: datetime) -> Run:
    """A run of a version, due at a time; the version is frozen from here on. Does not commit."""
    lock(session, version.bulletin_id)
    session.refresh(version)
    version.frozen_at = version.frozen_at or now
    run = Run(
        version_id=version.id,
        topic_id=topic.id,
        state=RunState.SCHEDULED,
        due_at=when.at,
        due_local=when.local,
        zone=when.zone,
        seed=secrets.token_hex(8),
        author=author,
        created_at=now,
    )
    session.add(run)
    session.flush()
    _note(session, author, "schedule", run.id, now)
    return run


def pause(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Stop claiming copies; those in an engine's hand go out. Raises Conflict where the run is not sending."""
    _switch(db, run_id, (RunState.SENDING,), RunState.PAUSED, author, now)


def resume(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Go on with exactly the rest. Raises Conflict where the run is not paused."""
    _switch(db, run_id, (RunState.PAUSED,), RunState.SENDING, author, now)


def cancel(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Never send what has not been sent. Raises Conflict where the run is over already."""
    running = (RunState.SCHEDULED, RunState.SENDING, RunState.PAUSED)
    with db.write() as session:
        _switch_in(session, run_id, running, RunState.CANCELLED, author, now)
        session.execute(update(Run).where(Run.id == run_id).values(finished_at=now))
        cancel_rest(session, run_id, author, now)


def cancel_rest(session: Session, run_id: int, author: str, now: datetime) -> None:
    """Mark the copies of a cancelled run that no engine has in hand. Does not commit."""
    # Batches before copies, as an engine takes them that claims: neither waits for the other in a circle.
    session.execute(update(Batch).where(Batch.run_id == run_id).values(due_at=None))
    _shift(session, run_id, Event.CANCEL, author, now)


def resend_in_doubt(db: Database, run_id: int, author: str, now: datetime) -> int:
    """Send the copies in doubt once more, with the same Message-ID; how many they are.

    Raises NotFound, and Conflict where the run was cancelled.
    """
    with db.write() as session:
        _need_alive(session, run_id)
        resent = _shift(session, run_id, Event.RESEND, author, now, only=State.IN_DOUBT)
        wake(session, run_id, now)
        _note(session, author, "resend in doubt", run_id, now)
        return resent


def wake(session: Session, run_id: int, now: datetime) -> None:
    """Make the batches with waiting copies due again, and a finished run go on. Does not commit."""
    waiting = select(Delivery.batch).where(Delivery.run_id == run_id, Delivery.state == State.WAITING)
    session.execute(update(Batch).where(Batch.run_id == run_id, Batch.number.in_(waiting)).values(due_at=now))
    has_waiting = session.scalar(select(func.count()).select_from(waiting.subquery()))
    if has_waiting:
        again = update(Run).where(Run.id == run_id, Run.state == RunState.FINISHED)
        session.execute(again.values(state=RunState.SENDING, finished_at=None))


def _shift(session: Session, run_id: int, event: Event, author: str, now: datetime, only: State | None = None) -> int:
    target, origins = move(event)
    moved = session.scalars(
        update(Delivery)
        .where(Delivery.run_id == run_id, Delivery.state.in_({only} if only else origins))
        .values(state=target, due_at=now, settled_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    add_events(session, moved, event, author, now)
    return len(moved)


def _switch(
    db: Database, run_id: int, origins: tuple[RunState, ...], target: RunState, author: str, now: datetime
) -> None:
    with db.write() as session:
        _switch_in(session, run_id, origins, target, author, now)


def _switch_in(
    session: Session, run_id: int, origins: tuple[RunState, ...], target: RunState, author: str, now: datetime
) -> None:
    if not rows_changed(session, update(Run).where(Run.id == run_id, Run.state.in_(origins)).values(state=target)):
        run = session.get(Run, run_id)
        if run is None:
            raise NotFound(f"There is no run {run_id}.")
        raise Conflict(f"Run {run_id} is {run.state}.", hint="Nothing was changed.")
    _note(session, author, target, run_id, now)


def _need_alive(session: Session, run_id: int) -> None:
    state = session.scalar(select(Run.state).where(Run.id == run_id).with_for_update())
    if state is None:
        raise NotFound(f"There is no run {run_id}.")
    if state == RunState.CANCELLED:
        raise Conflict(f"Run {run_id} is cancelled.", hint="Send the bulletin again to reach the rest.")


def _note(session: Session, author: str, act: str, run_id: int, now: datetime) -> None:
    session.add(AuditEntry(at=now, who=author, act=act, subject=f"run {run_id}"))


def klass_of(session: Session, run: Run) -> BulletinClass:
    """The class of the bulletin a run sends."""
    return read_source(session.get_one(Version, run.version_id).source).klass
