"""Starting a run: one engine wins the start, and in the same transaction every copy becomes a row."""

import json
from datetime import UTC, datetime

from sqlalchemy import Select, func, insert, literal, select, update
from sqlalchemy.orm import Session

from newsletter.audience.consent import Subscription
from newsletter.audience.segment import Audience, candidates
from newsletter.db import Database, UtcDateTime, rows_changed
from newsletter.ledger.control import note
from newsletter.ledger.delivery import Delivery, Omission
from newsletter.ledger.queue import enqueue_run
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import State
from newsletter.ledger.tally import tallied
from newsletter.pace.change import forget_run

# Copies in a batch: small runs in many batches, so that all connections have work; large ones in few, because each is
# leased and given back.
SMALLEST, LARGEST, _BATCHES = 50, 2000, 16

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When a new copy is due. Not the time of the start: a clock that is set back then would put the whole run off."""


def due_runs(session: Session, now: datetime) -> list[int]:
    """The ids of the runs whose time has come, oldest first."""
    due = select(Run.id).where(Run.state == RunState.SCHEDULED, Run.due_at <= now)
    return list(session.scalars(due.order_by(Run.due_at, Run.id)))


def set_aside_late(session: Session, run_id: int, engine: str, now: datetime) -> bool:
    """Whether a run came due too long ago to start without asking; then staff are asked."""
    too_late = update(Run).where(Run.id == run_id, Run.state == RunState.SCHEDULED, Run.start_by < now)
    is_late = rows_changed(session, too_late.values(state=RunState.LATE)) == 1
    if is_late:
        note(session, engine, RunState.LATE, run_id, now)
    return is_late


def win_start(session: Session, run_id: int, engine: str, now: datetime) -> bool:
    """Whether this engine is the one that starts a run: of any number of tries at once, exactly one is told yes."""
    due = update(Run).where(Run.id == run_id, Run.state == RunState.SCHEDULED, Run.due_at <= now)
    return rows_changed(session, due.values(state=RunState.SENDING, started_at=now, started_by=engine)) == 1


def enrol(session: Session, run_id: int, audience: Audience, now: datetime) -> None:
    """Write a delivery for everybody who gets a copy, an omission for everybody who does not, and the batches."""
    found = candidates(audience).subquery("found")
    number = func.row_number().over(order_by=found.c.person_id) - 1
    agreed = select(func.count()).select_from(Subscription).where(Subscription.topic_id == audience.topic_id)
    size = max(SMALLEST, min(LARGEST, (session.scalar(agreed) or 0) // _BATCHES))
    copies = select(
        literal(run_id),
        number // size,
        found.c.person_id,
        found.c.address,
        found.c.units,
        literal(State.WAITING.value),
        literal(0),
        literal(AT_ONCE, UtcDateTime()),
    )
    omitted = select(literal(run_id), found.c.person_id, found.c.rule).where(found.c.rule.is_not(None))
    # Omissions first: once the copies are there, everybody who gets one "has the bulletin already".
    session.execute(insert(Omission).from_select(["run_id", "person_id", "rule"], omitted))
    columns = ["run_id", "batch", "person_id", "address", "units", "state", "deferred", "due_at"]
    session.execute(insert(Delivery).from_select(columns, copies.where(found.c.rule.is_(None))))
    batches = select(Delivery.run_id, Delivery.batch, literal(AT_ONCE, UtcDateTime())).where(Delivery.run_id == run_id)
    session.execute(insert(Batch).from_select(["run_id", "number", "due_at"], batches.distinct()))
    _keep_tallies(session, run_id)
    enqueue_run(session, run_id, now)


def _keep_tallies(session: Session, run_id: int) -> None:
    sizes = select(Delivery.batch, func.count()).where(Delivery.run_id == run_id).group_by(Delivery.batch)
    rows = [
        {"run_id": run_id, "number": number, "tally": tallied({State.WAITING: copies})}
        for number, copies in session.execute(sizes)
    ]
    if rows:
        session.execute(update(Batch), rows)
    left_out = select(Omission.rule, func.count()).where(Omission.run_id == run_id).group_by(Omission.rule)
    counted = json.dumps(dict(session.execute(left_out.order_by(Omission.rule)).all()))
    first, last = session.execute(_span(run_id)).one()
    told = {"left_out": counted, "first_copy_id": first, "last_copy_id": last}
    session.execute(update(Run).where(Run.id == run_id).values(told))


def _span(run_id: int) -> Select[int | None, int | None]:
    return select(func.min(Delivery.id), func.max(Delivery.id)).where(Delivery.run_id == run_id)


def finish_idle(db: Database, now: datetime) -> None:
    """Close every run in which no batch will need work any more."""
    open_batch = select(Batch.run_id).where(Batch.run_id == Run.id, Batch.due_at.is_not(None))
    idle = (Run.state == RunState.SENDING, ~open_batch.exists())
    with db.read() as session:
        if session.scalar(select(Run.id).where(*idle).limit(1)) is None:
            return
    with db.write() as session:
        finished = update(Run).where(*idle).values(state=RunState.FINISHED, finished_at=now).returning(Run.id)
        for run_id in session.scalars(finished).all():
            forget_run(session, run_id)
