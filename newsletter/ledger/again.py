"""Copies that became open again after a result: they must get their turn, however late the result came.

The batch may have been given back and its run closed meanwhile. Without this such a copy would wait for ever.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.ledger.delivery import Delivery
from newsletter.ledger.queue import enqueue_batches
from newsletter.ledger.run import Batch, BatchKey, Run, RunState
from newsletter.ledger.states import Event, State, move

_TO_GO = (State.WAITING, State.DEFERRED)

_HELD = select(Run.id, Run.state).where(Run.id == bindparam("run")).with_for_update(read=True)

Runs = dict[int, str]
"""Where the runs of some copies stand, by run id."""


def hold_runs(session: Session, delivery_ids: Sequence[int]) -> Runs:
    """The runs of copies about to change; none of them is paused, cancelled or finished before the transaction ends.

    Taken before the copies themselves are touched, in the order in which cancelling takes them, so that neither waits
    for the other in a circle.
    """
    theirs = select(Delivery.run_id).where(Delivery.id.in_(delivery_ids))
    held = select(Run.id, Run.state).where(Run.id.in_(theirs)).order_by(Run.id).with_for_update(read=True)
    return dict(session.execute(held).all())


def hold_run(session: Session, run_id: int) -> Runs:
    """The same for a run that is known."""
    return dict(session.connection().execute(_HELD, {"run": run_id}).all())


def hold_batches(session: Session, which: ColumnElement[bool]) -> None:
    """Lock several batches before their copies are touched, in the order of their numbers.

    So does everybody who needs more than one. A single UPDATE takes them in any order, and two of those may wait for
    each other in a circle.
    """
    theirs = select(Batch.number).where(which).order_by(Batch.run_id, Batch.number)
    session.execute(theirs.with_for_update())


def make_due(session: Session, runs: Runs, delivery_ids: Sequence[int], now: datetime) -> None:
    """Make the batches of open copies due when the copies are, and their finished runs go on. Does not commit."""
    due = select(Delivery.run_id, Delivery.batch, func.min(Delivery.due_at)).where(_open(delivery_ids))
    batches: list[BatchKey] = []
    by_batch = due.group_by(Delivery.run_id, Delivery.batch).order_by(Delivery.run_id, Delivery.batch)
    for run_id, number, due_at in session.execute(by_batch):
        batches.append((run_id, number))
        batch = update(Batch).where(Batch.run_id == run_id, Batch.number == number)
        session.execute(batch.where(or_(Batch.due_at.is_(None), Batch.due_at > due_at)).values(due_at=due_at))
        if runs[run_id] == RunState.FINISHED:
            again = update(Run).where(Run.id == run_id).values(state=RunState.SENDING, finished_at=None)
            session.execute(again)
    enqueue_batches(session, batches, now)


def cancel_open(session: Session, runs: Runs, delivery_ids: Sequence[int], now: datetime) -> Sequence[int]:
    """Cancel the open copies of cancelled runs; their ids. Does not commit."""
    cancelled = [run_id for run_id, state in runs.items() if state == RunState.CANCELLED]
    if not cancelled:
        return ()
    target, origins = move(Event.CANCEL)
    return session.scalars(
        update(Delivery)
        .where(_open(delivery_ids), Delivery.run_id.in_(cancelled), Delivery.state.in_(origins))
        .values(state=target, settled_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()


def _open(delivery_ids: Sequence[int]) -> ColumnElement[bool]:
    return Delivery.id.in_(delivery_ids) & Delivery.state.in_(_TO_GO)
