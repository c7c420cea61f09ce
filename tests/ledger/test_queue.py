"""The queue of batches on PostgreSQL, seen as the rows of procrastinate's table."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.ledger.claim import LEASE, claim, lease_batch, release_batch
from newsletter.ledger.control import pause, resume
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.queue import enqueue_batches, enqueue_run, sweep, take_job, waits
from newsletter.ledger.record import Result, record
from newsletter.ledger.run import Batch
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event
from newsletter.links import Links
from tests import cast
from tests.ledger import stage

HOUR = timedelta(hours=1)


@pytest.fixture
def run(postgres_db: Database, links: Links, now: datetime) -> int:
    """A run that has one batch, just started."""
    with postgres_db.write() as session:
        cast.play(session, now)
    return stage.started(postgres_db, links, now)


@pytest.fixture
def lost_queue(postgres_db: Database, run: int) -> int:
    """The same, and nobody has put its batch into the queue."""
    lose_queue(postgres_db)
    return run


def lose_queue(db: Database) -> None:
    with db.write() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))


def jobs(db: Database) -> list[tuple[str, float]]:
    """Which batches wait in the queue, and in how many hours."""
    told = "round(extract(epoch FROM scheduled_at - now()) / 3600, 1)"
    query = f"SELECT queueing_lock, coalesce({told}, 0) FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"  # noqa: S608
    with db.read() as session:
        return [(batch, float(hours)) for batch, hours in session.execute(text(query))]


def put_due(session: Session, due_at: datetime | None) -> None:
    session.execute(update(Batch).values(due_at=due_at))


def test_a_run_that_starts_is_in_the_queue_in_the_same_act(postgres_db: Database, run: int) -> None:
    assert jobs(postgres_db) == [(f"{run}.0", 0)]


def test_what_is_rolled_back_is_not_in_the_queue(postgres_db: Database, lost_queue: int, now: datetime) -> None:
    def in_vain() -> None:
        with postgres_db.write() as session:
            enqueue_run(session, lost_queue, now)
            raise Conflict("no")

    with pytest.raises(Conflict):
        in_vain()
    assert jobs(postgres_db) == []


def test_a_batch_asked_for_at_several_times_is_there_once_for_the_earliest(
    postgres_db: Database, lost_queue: int, now: datetime
) -> None:
    asked = []
    for hours in (3, 1, 2, 0, 1):
        with postgres_db.write() as session:
            put_due(session, now + hours * HOUR)
            enqueue_batches(session, [(lost_queue, 0)], now)
        asked.append(jobs(postgres_db))
    assert asked == [[(f"{lost_queue}.0", hours)] for hours in (3, 1, 1, 0, 0)]


def test_the_queue_goes_by_the_ledgers_clock_and_not_by_postgresqls(
    postgres_db: Database, lost_queue: int, now: datetime
) -> None:
    elsewhere = now + timedelta(days=400)
    with postgres_db.write() as session:
        put_due(session, elsewhere + HOUR)
        enqueue_run(session, lost_queue, elsewhere)
    assert jobs(postgres_db) == [(f"{lost_queue}.0", 1)]


def test_a_batch_that_is_leased_or_has_nothing_to_do_is_not_put_into_the_queue(
    postgres_db: Database, lost_queue: int, now: datetime
) -> None:
    with postgres_db.write() as session:
        put_due(session, None)
        enqueue_run(session, lost_queue, now)
        put_due(session, now)
        assert lease_batch(session, "engine", now)
        enqueue_run(session, lost_queue, now)
        enqueue_batches(session, [(lost_queue, 0)], now)
        enqueue_batches(session, [], now)
    assert jobs(postgres_db) == []


def test_a_batch_given_back_with_open_copies_is_in_the_queue_for_when_the_first_is_due(
    postgres_db: Database, lost_queue: int, now: datetime
) -> None:
    batch = (lost_queue, 0)
    with postgres_db.write() as session:
        assert lease_batch(session, "engine", now) == batch
        copies = claim(session, batch, "engine", 50, now)
        later = [Result(copy.id, Event.DEFER, "450 later", now + (2 + at) * HOUR) for at, copy in enumerate(copies)]
        record(session, batch, later, "engine", now)
    assert jobs(postgres_db) == []
    with postgres_db.write() as session:
        release_batch(session, batch, "engine", now)
    assert jobs(postgres_db) == [(f"{lost_queue}.0", 2)]


def test_a_resumed_run_is_in_the_queue_again(postgres_db: Database, run: int, now: datetime) -> None:
    pause(postgres_db, run, "ann", now)
    lose_queue(postgres_db)
    resume(postgres_db, run, "ann", now)
    assert jobs(postgres_db) == [(f"{run}.0", 0)]


def nothing(_db: Database, _run: int, _now: datetime) -> None:
    """As it is."""


def due_later(db: Database, _run: int, now: datetime) -> None:
    with db.write() as session:
        put_due(session, now + HOUR)


def leased(db: Database, _run: int, now: datetime) -> None:
    with db.write() as session:
        assert lease_batch(session, "engine", now)


def leased_by_the_dead(db: Database, _run: int, now: datetime) -> None:
    with db.write() as session:
        assert lease_batch(session, "engine", now - 2 * LEASE)


def paused(db: Database, run: int, now: datetime) -> None:
    pause(db, run, "ann", now)


def in_the_queue_for_later(db: Database, run: int, now: datetime) -> None:
    with db.write() as session:
        put_due(session, now + HOUR)
        enqueue_run(session, run, now)
        put_due(session, now)


@pytest.mark.parametrize(
    ("story", "found"),
    [
        (nothing, [0]),
        (due_later, []),
        (leased, []),
        (leased_by_the_dead, [0]),
        (paused, []),
        (in_the_queue_for_later, [0]),
    ],
)
def test_the_sweep_finds_what_waits_without_being_in_the_queue(
    postgres_db: Database,
    lost_queue: int,
    now: datetime,
    story: Callable[[Database, int, datetime], None],
    found: list[int],
) -> None:
    with postgres_db.write() as session:
        put_due(session, now - 3 * LEASE)
    story(postgres_db, lost_queue, now)
    for _ in range(2):
        with postgres_db.write() as session:
            sweep(session, now)
    assert jobs(postgres_db) == [(f"{lost_queue}.0", hours) for hours in found]
    with postgres_db.read() as session:
        assert waits(session, (lost_queue, 0), now) == bool(found)


def test_the_sweep_waits_for_nobody(postgres_db: Database, lost_queue: int, now: datetime) -> None:
    with postgres_db.write() as other:
        put_due(other, now)
        with postgres_db.write() as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            sweep(session, now)
    assert jobs(postgres_db) == []
    assert stage.run_state(postgres_db, lost_queue) == "sending"


def test_two_who_take_jobs_get_different_ones_and_what_is_not_committed_stays(
    postgres_db: Database, run: int, now: datetime
) -> None:
    with postgres_db.write() as session:
        batch = session.scalars(select(Batch)).one()
        session.add(Batch(run_id=run, number=batch.number + 1, due_at=now))
        session.flush()
        enqueue_batches(session, [(run, 0), (run, 1)], now)
    with postgres_db.write() as one, postgres_db.write() as other:
        assert {take_job(one), take_job(other)} == {(run, 0), (run, 1)}
        assert take_job(one) is None
        other.rollback()
    with postgres_db.write() as session:
        assert take_job(session) in {(run, 0), (run, 1)}
        assert take_job(session) is None


def test_sqlite_has_no_queue(sqlite_db: Database, links: Links, now: datetime) -> None:
    with sqlite_db.write() as session:
        cast.play(session, now)
    stage.ordered(sqlite_db, links, now)
    assert start_due(sqlite_db, "engine", now)
    with sqlite_db.write() as session:
        sweep(session, now)
        enqueue_batches(session, [(1, 0)], now)
        assert session.scalars(select(Delivery.state)).all() == ["waiting"] * 4
