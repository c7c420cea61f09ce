"""Taking work: an engine leases a batch, then claims a few of its copies at a time.

Both are conditional UPDATEs whose row count is read, so any number of engines may try at once (design rule 5). Each
claim asks again whether the person may be written to, so an opt-out counts up to the last moment.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import Session

from newsletter.audience.segment import may_write
from newsletter.db import rows_changed
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import add_events
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import Event, State, move

LEASE = timedelta(minutes=2)  # without a sign of life for so long an engine is taken for dead


def has_work(session: Session, now: datetime) -> bool:
    """Whether a batch waits for an engine: a look that takes no lock."""
    return session.execute(_free_batches(now).limit(1)).first() is not None


def lease_batch(session: Session, engine: str, now: datetime) -> tuple[int, int] | None:
    """A batch (run id, number) that is due and nobody's, now leased to this engine; None when there is none."""
    for run_id, number in session.execute(_free_batches(now).limit(16)).all():
        taken = update(Batch).where(Batch.run_id == run_id, Batch.number == number, *_is_free(now))
        if rows_changed(session, taken.values(engine=engine, lease_until=now + LEASE)):
            return run_id, number
    return None


def renew_lease(session: Session, batch: tuple[int, int], engine: str, now: datetime) -> bool:
    """Whether the batch is still this engine's, for another LEASE."""
    mine = update(Batch).where(Batch.run_id == batch[0], Batch.number == batch[1], Batch.engine == engine)
    return rows_changed(session, mine.values(lease_until=now + LEASE)) == 1


def release_batch(session: Session, batch: tuple[int, int], engine: str) -> None:
    """Give a batch back; it is due again when its earliest open copy is, or never when none is open."""
    run_id, number = batch
    still_open = Delivery.state.in_((State.WAITING, State.DEFERRED))
    due = select(Delivery.due_at).where(Delivery.run_id == run_id, Delivery.batch == number, still_open)
    earliest = session.scalar(due.order_by(Delivery.due_at).limit(1))
    session.execute(
        update(Batch)
        .where(Batch.run_id == run_id, Batch.number == number, Batch.engine == engine)
        .values(engine="", lease_until=None, due_at=earliest)
    )


def claim(session: Session, batch: tuple[int, int], engine: str, limit: int, now: datetime) -> list[Delivery]:
    """Up to `limit` copies of a leased batch, now claimed; empty when the run was paused or nothing is due.

    Copies to people who may not be written to any more are withheld instead.
    """
    run = session.get(Run, batch[0])
    if run is None or run.state != RunState.SENDING or not renew_lease(session, batch, engine, now):
        return []
    next_due = select(Delivery.id).where(_due(batch, now)).order_by(Delivery.id).limit(limit)
    while chosen := session.scalars(next_due).all():
        _withhold(session, run, Delivery.id.in_(chosen), now)
        if taken := _take(session, run, chosen, engine, now):
            return taken
    return []


def no_longer_wanted(session: Session, run: Run, claimed: list[int]) -> set[int]:
    """Which of these claimed copies are to people who left since."""
    unwanted = select(Delivery.id).where(Delivery.id.in_(claimed), ~_wanted(run))
    return set(session.scalars(unwanted))


def _take(session: Session, run: Run, chosen: Sequence[int], engine: str, now: datetime) -> list[Delivery]:
    _, origins = move(Event.CLAIM)
    taken = session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(chosen), Delivery.state.in_(origins), _wanted(run))
        .values(state=State.CLAIMED, claimed_by=engine, claimed_at=now)
        .returning(Delivery)
        .execution_options(synchronize_session=False)
    )
    return sorted(taken, key=lambda delivery: delivery.id)


def _free_batches(now: datetime) -> Select[int, int]:
    sending = select(Batch.run_id, Batch.number).join(Run).where(Run.state == RunState.SENDING)
    return sending.where(*_is_free(now)).order_by(Batch.run_id, Batch.number)


def _is_free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Batch.due_at <= now, or_(Batch.lease_until.is_(None), Batch.lease_until < now)


def _due(batch: tuple[int, int], now: datetime) -> ColumnElement[bool]:
    return (
        (Delivery.run_id == batch[0])
        & (Delivery.batch == batch[1])
        & Delivery.state.in_((State.WAITING, State.DEFERRED))
        & (Delivery.due_at <= now)
    )


def _wanted(run: Run) -> ColumnElement[bool]:
    return may_write(run.topic_id, Delivery.person_id)


def _withhold(session: Session, run: Run, which: ColumnElement[bool], now: datetime) -> None:
    target, origins = move(Event.WITHHOLD)
    withheld = session.scalars(
        update(Delivery)
        .where(which, Delivery.state.in_(origins), ~_wanted(run))
        .values(state=target, settled_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    add_events(session, withheld, Event.WITHHOLD, "", now)
