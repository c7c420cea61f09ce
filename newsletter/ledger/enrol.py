"""Starting a run: one engine wins the start, and in the same transaction every copy becomes a row."""

from datetime import datetime

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from newsletter.audience.segment import Audience, candidates
from newsletter.db import Database, UtcDateTime, rows_changed
from newsletter.ledger.delivery import Delivery, Omission
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import State

BATCH_SIZE = 500  # copies: small enough that a lost lease loses little, large enough that leasing costs nothing


def due_runs(session: Session, now: datetime) -> list[int]:
    """The ids of the runs whose time has come, oldest first."""
    due = select(Run.id).where(Run.state == RunState.SCHEDULED, Run.due_at <= now)
    return list(session.scalars(due.order_by(Run.due_at, Run.id)))


def win_start(session: Session, run_id: int, engine: str, now: datetime) -> bool:
    """Whether this engine is the one that starts a run: of any number of tries at once, exactly one is told yes."""
    due = update(Run).where(Run.id == run_id, Run.state == RunState.SCHEDULED, Run.due_at <= now)
    return rows_changed(session, due.values(state=RunState.SENDING, started_at=now, started_by=engine)) == 1


def enrol(session: Session, run_id: int, audience: Audience, now: datetime) -> None:
    """Write a delivery for everybody who gets a copy, an omission for everybody who does not, and the batches."""
    found = candidates(audience).subquery("found")
    number = func.row_number().over(order_by=found.c.person_id) - 1
    copies = select(
        literal(run_id),
        number // BATCH_SIZE,
        found.c.person_id,
        found.c.address,
        found.c.units,
        literal(State.WAITING.value),
        literal(0),
        literal(now, UtcDateTime()),
    )
    omitted = select(literal(run_id), found.c.person_id, found.c.rule).where(found.c.rule.is_not(None))
    # Omissions first: once the copies are there, everybody who gets one "has the bulletin already".
    session.execute(insert(Omission).from_select(["run_id", "person_id", "rule"], omitted))
    columns = ["run_id", "batch", "person_id", "address", "units", "state", "deferred", "due_at"]
    session.execute(insert(Delivery).from_select(columns, copies.where(found.c.rule.is_(None))))
    batches = select(Delivery.run_id, Delivery.batch, literal(now, UtcDateTime())).where(Delivery.run_id == run_id)
    session.execute(insert(Batch).from_select(["run_id", "number", "due_at"], batches.distinct()))


def finish_idle(db: Database, now: datetime) -> None:
    """Close every run in which no batch will need work any more."""
    open_batch = select(Batch.run_id).where(Batch.run_id == Run.id, Batch.due_at.is_not(None))
    idle = (Run.state == RunState.SENDING, ~open_batch.exists())
    with db.read() as session:
        if session.scalar(select(Run.id).where(*idle).limit(1)) is None:
            return
    with db.write() as session:
        session.execute(update(Run).where(*idle).values(state=RunState.FINISHED, finished_at=now))
