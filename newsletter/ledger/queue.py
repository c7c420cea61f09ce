"""The queue of batches on PostgreSQL: procrastinate's table, written in the transaction that makes a batch due.

A job only says that a batch may need work; the lease in the ledger is the truth. So a job too many does no harm, and
what the queue loses `sweep` puts back. On SQLite there is no queue, and nothing here does anything.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, DateTime, bindparam, or_, select, text
from sqlalchemy.orm import Session

from newsletter.ledger.run import Batch, BatchKey, Run, RunState

QUEUE: Final = "newsletter"
BATCH_TASK: Final = "batch"
CHANNEL: Final = f"procrastinate_queue_v1#{QUEUE}"
"""Where PostgreSQL tells of every job that is written into the queue."""

# procrastinate's own function refuses a job asked for twice by raising, and that would end the ledger's transaction.
# Batches are locked before their jobs are written, so that no two who enqueue wait for each other in a circle. Times
# are told by the distance from `now`: the clocks of engines and PostgreSQL need not agree. No time means at once.
_INSERT = f"""
    WITH asked AS MATERIALIZED (
        SELECT batch.run_id, batch.number, batch.due_at FROM batch {{which}}
        ORDER BY batch.run_id, batch.number FOR UPDATE OF batch {{skipping}}
    )
    INSERT INTO procrastinate_jobs AS job (queue_name, task_name, queueing_lock, args, scheduled_at)
    SELECT '{QUEUE}', '{BATCH_TASK}', run_id || '.' || number, jsonb_build_object('run_id', run_id, 'number', number),
        CASE WHEN due_at > :now THEN now() + (due_at - :now) END
    FROM asked ORDER BY run_id, number
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO UPDATE SET scheduled_at = excluded.scheduled_at
        WHERE job.scheduled_at > coalesce(excluded.scheduled_at, '-infinity')
"""  # noqa: S608 - our own words
_OPEN = "batch.due_at IS NOT NULL AND batch.lease_until IS NULL"
_OF_RUN = _INSERT.format(which=f"WHERE batch.run_id = :run_id AND {_OPEN}", skipping="")
_OF_BATCHES = _INSERT.format(
    which=f"JOIN unnest(:run_ids, :numbers) AS these (run_id, number) USING (run_id, number) WHERE {_OPEN}", skipping=""
)
# A batch whose row somebody holds just now is that one's to enqueue.
_OF_THE_WAITING = _INSERT.format(
    which="""JOIN run ON run.id = batch.run_id AND run.state = 'sending'
        WHERE batch.due_at <= :now AND (batch.lease_until IS NULL OR batch.lease_until < :now) AND NOT EXISTS (
            SELECT FROM procrastinate_jobs AS job
            WHERE job.status = 'todo' AND job.queueing_lock = batch.run_id || '.' || batch.number
            AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
        )""",
    skipping="SKIP LOCKED",
)
_TAKE = f"""
    DELETE FROM procrastinate_jobs WHERE id = (
        SELECT id FROM procrastinate_jobs
        WHERE status = 'todo' AND queue_name = '{QUEUE}' AND (scheduled_at IS NULL OR scheduled_at <= now())
        ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING CAST(args->>'run_id' AS bigint), CAST(args->>'number' AS bigint)
"""  # noqa: S608 - our own words


def enqueue_run(session: Session, run_id: int, now: datetime) -> None:
    """Write the jobs of all open batches of a run, each for when the batch is due. Does not commit."""
    _insert(session, _OF_RUN, now, run_id=run_id)


def enqueue_batches(session: Session, batches: Collection[tuple[int, int]], now: datetime) -> None:
    """Write the jobs of these batches (run id, number), each for when it is due. Does not commit.

    To be called after the rows are written. A leased batch gets none: whoever has it enqueues it when giving it back.
    """
    if batches:
        run_ids, numbers = zip(*batches, strict=True)
        _insert(session, _OF_BATCHES, now, run_ids=list(run_ids), numbers=list(numbers))


def take_job(session: Session) -> BatchKey | None:
    """The batch of the job that has waited longest, which is deleted; None where none is due. Does not commit."""
    taken = session.execute(text(_TAKE)).first()
    return (taken[0], taken[1]) if taken else None


def waits(session: Session, batch: tuple[int, int], now: datetime) -> bool:
    """Whether a batch (run id, number) is due and nobody's. For a look: only a lease makes it somebody's."""
    run_id, number = batch
    free = select(Batch.run_id).join(Run).where(Run.state == RunState.SENDING, Batch.due_at <= now)
    unleased = or_(Batch.lease_until.is_(None), Batch.lease_until < now)
    return session.scalar(free.where(unleased, Batch.run_id == run_id, Batch.number == number)) is not None


def sweep(session: Session, now: datetime) -> None:
    """Write a job for every batch that waits without one. Does not commit."""
    _insert(session, _OF_THE_WAITING, now)


def _insert(session: Session, statement: str, now: datetime, **values: Any) -> None:  # noqa: ANN401 - what SQL binds
    if _has_queue(session):
        lists = [bindparam(name, type_=ARRAY(BigInteger)) for name in ("run_ids", "numbers") if name in values]
        asked = text(statement).bindparams(bindparam("now", type_=DateTime(timezone=True)), *lists)
        session.execute(asked, {"now": now, **values})


def _has_queue(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
