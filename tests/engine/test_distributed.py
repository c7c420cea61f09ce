"""Engines on PostgreSQL share the work through the queue, and the queue may lose everything."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from newsletter import schema
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.engine.distributed import Distributed
from newsletter.errors import Unavailable
from newsletter.ledger.claim import LEASE, claim, lease_batch
from newsletter.ledger.control import pause, resume
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import RunState
from newsletter.links import Links
from tests import postgres
from tests.engine.relay import Relay
from tests.engine.stage import PATIENCE, Clock, Stage, engine_process, running, wait_until

CAST_SIZE = 4


@pytest.fixture
def stage(postgres_db: Database, relay: Relay, now: datetime, links: Links, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(postgres_db, relay, Clock(now), links, tmp_path / "here" / "engine")
    yield stage
    stage.close()


def finished(stage: Stage, *runs: int) -> bool:
    with suppress(Unavailable):
        return all(stage.run(run).state == RunState.FINISHED for run in runs)
    return False


def counted(db: Database, table: str) -> int:
    with db.read() as session:
        return session.scalar(text(f"SELECT count(*) FROM procrastinate_{table}")) or 0  # noqa: S608 - our own word


def listening(db: Database) -> int:
    """How many engines listen to the queue."""
    with db.read() as session:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
        return session.scalar(text(query)) or 0


def elsewhere(stage: Stage, name: str) -> Stage:
    """The same house on another host, which cannot read the journals of this one."""
    return replace(stage, folder=stage.folder.parent.parent / name / "engine")


def test_a_run_leaves_nothing_in_the_queue(stage: Stage) -> None:
    stage.crowd(600)  # more than one batch
    run = stage.order()
    with running(stage.engine(connections=2)):
        wait_until(lambda: finished(stage, run), "the run ends")
        wait_until(lambda: counted(stage.db, "jobs") == 0, "the queue is empty")
    assert counted(stage.db, "events") == counted(stage.db, "workers") == 0
    assert stage.states() == {"accepted": 600 + CAST_SIZE}
    assert set(stage.relay.copies.values()) == {1}


def test_a_new_run_wakes_an_idle_engine_at_once(stage: Stage) -> None:
    stage.crowd(1)
    stage.clock.now = utc_now()
    with running(stage.engine(clock=utc_now)):
        wait_until(lambda: listening(stage.db) == 1, "the engine listens")
        run = stage.order()
        began = time.monotonic()
        wait_until(lambda: stage.relay.taken, "mail flows")
        assert time.monotonic() - began < 4  # the start of due runs rings every second
        wait_until(lambda: finished(stage, run), "the run ends")


def test_two_hosts_share_a_run(stage: Stage) -> None:
    stage.crowd(1500)
    run = stage.order()
    here, there = stage.engine(), elsewhere(stage, "there").engine()
    stage.relay.says = lambda at, _: time.sleep(0.002) if at == "dot" else None
    with running(here), running(there):
        wait_until(lambda: finished(stage, run), "the run ends")
    with stage.db.read() as session:
        assert set(session.scalars(select(Delivery.claimed_by))) == {here.name, there.name}
    assert set(stage.relay.copies.values()) == {1}


def test_a_queue_that_is_lost_loses_nobody(stage: Stage) -> None:
    stage.crowd(3)
    run = stage.order()
    stage.start_due()
    with stage.db.write() as session:
        session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
    with running(stage.engine()):
        wait_until(lambda: finished(stage, run), "the run ends")
    assert set(stage.relay.copies.values()) == {1}


def test_a_batch_that_is_in_the_queue_ten_times_is_sent_once(stage: Stage) -> None:
    stage.crowd(20)
    run = stage.order()
    stage.start_due()
    with stage.db.write() as session:
        again = "SELECT queue_name, task_name, args FROM procrastinate_jobs, generate_series(1, 9)"
        session.execute(text(f"INSERT INTO procrastinate_jobs (queue_name, task_name, args) {again}"))
    with running(stage.engine(connections=4)):
        wait_until(lambda: finished(stage, run), "the run ends")
        wait_until(lambda: counted(stage.db, "jobs") == 0, "the queue is empty")
    assert set(stage.relay.copies.values()) == {1}
    assert stage.lost() == {}


def test_a_paused_run_that_left_the_queue_goes_on_when_it_is_resumed(stage: Stage) -> None:
    stage.crowd(3)
    run = stage.order()
    stage.start_due()
    pause(stage.db, run, "ann", stage.clock.now)
    with running(stage.engine()):
        wait_until(lambda: counted(stage.db, "jobs") == 0, "the queue is empty")
        assert not stage.relay.taken
        resume(stage.db, run, "ann", stage.clock.now)
        wait_until(lambda: finished(stage, run), "the run ends")


def test_the_batches_of_a_host_that_is_gone_are_taken_over(stage: Stage) -> None:
    stage.crowd(30)
    run = stage.order()
    stage.start_due()
    with stage.db.write() as session:
        batch = lease_batch(session, "gone", stage.clock.now)
        assert batch == (run, 0)
        in_hand = {copy.address for copy in claim(session, batch, "gone", 10, stage.clock.now)}
    with running(stage.engine()):
        time.sleep(1)
        assert not stage.relay.taken
        stage.clock.forward(seconds=LEASE.total_seconds() + 1)
        wait_until(lambda: finished(stage, run), "the run ends")
    assert stage.lost() == dict.fromkeys(in_hand, 1)
    assert set(stage.relay.copies.values()) == {1}


def test_a_relay_that_is_away_keeps_no_other_engine_from_the_batch(stage: Stage, links: Links) -> None:
    stage.crowd(3)
    nowhere = Relay()
    nowhere.open()
    nowhere.close()
    with running(Stage(stage.db, nowhere, stage.clock, links, stage.folder.parent / "other").engine()) as stuck:
        run = stage.order()
        wait_until(stuck.trouble, "the relay is missed")
        with running(stage.engine()):
            wait_until(lambda: finished(stage, run), "the run ends")
    assert set(stage.relay.copies.values()) == {1}


def test_every_sender_works_though_they_are_more_than_asyncio_has_threads_for(stage: Stage) -> None:
    count = 34  # asyncio would use 32 threads at most
    stage.crowd(0)
    runs = [stage.order(number=f"TB-{number}") for number in range(count)]
    stage.start_due()
    together = threading.Barrier(count)

    def says(at: str, words: str) -> None:
        if at == "dot" and words.startswith("nora"):  # one in each run
            together.wait(PATIENCE)

    stage.relay.says = says
    senders = [stage.sender(f"sender {number}") for number in range(count)]
    has_failed = threading.Event()
    dispatch = Distributed(stage.db, senders, stage.clock, has_failed)
    dispatch.start()
    wait_until(stage.all_accepted, "every copy is taken")
    dispatch.stop()
    assert not has_failed.is_set()
    assert not together.broken
    assert len(runs) * CAST_SIZE == len(stage.relay.taken)


@contextmanager
def own_cluster() -> Iterator[tuple[postgres.Cluster, Database]]:
    """A PostgreSQL that a test may stop."""
    with postgres.running() as cluster:
        cluster.create("house")
        db = Database(cluster.url("house"))
        try:
            schema.migrate(db)
            yield cluster, db
        finally:
            db.close()


def test_an_engine_outlives_a_restart_of_postgresql(relay: Relay, now: datetime, links: Links, tmp_path: Path) -> None:
    relay.says = lambda at, _: time.sleep(0.01) if at == "dot" else None
    with own_cluster() as (cluster, db):
        stage = Stage(db, relay, Clock(now), links, tmp_path / "engine")
        stage.crowd(150)
        run = stage.order()
        with running(stage.engine()) as engine:
            wait_until(lambda: len(relay.taken) >= 20, "mail flows")
            cluster.stop()
            time.sleep(0.5)
            cluster.start()
            wait_until(lambda: finished(stage, run), "the run ends")
            run = stage.order(number="TB-2")
            wait_until(lambda: finished(stage, run), "the second run ends")
            assert not engine.has_failed.is_set()
        assert set(relay.copies.values()) == {2}
        assert stage.lost() == {}
        assert stage.left_behind() == []


def said_by(process: subprocess.Popen[bytes]) -> Iterator[str]:
    assert process.stderr is not None
    for line in process.stderr:
        yield line.decode()


def test_an_engine_that_starts_before_postgresql_says_so_and_waits(relay: Relay, links: Links, tmp_path: Path) -> None:
    with own_cluster() as (cluster, db):
        stage = Stage(db, relay, Clock(utc_now()), links, tmp_path / "engine")
        stage.crowd(2)
        run = stage.order()
        cluster.stop()
        with engine_process(stage.environment(), is_heard=True) as engine:
            assert "The database did not answer" in next(said_by(engine))
            cluster.start()
            wait_until(lambda: finished(stage, run), "the run ends")
            engine.terminate()
            assert engine.wait(PATIENCE) == 0


@pytest.mark.parametrize("moment", ["before it started", "while it works"])
def test_an_engine_told_to_stop_while_postgresql_is_away_ends_in_seconds(
    relay: Relay, now: datetime, links: Links, tmp_path: Path, moment: str
) -> None:
    with own_cluster() as (cluster, db):
        stage = Stage(db, relay, Clock(now), links, tmp_path / "engine")
        if moment == "before it started":
            cluster.stop()
        with engine_process(stage.environment(), is_heard=True) as engine:
            if moment == "while it works":
                wait_until(lambda: listening(db) == 1, "the engine listens")
                cluster.stop()
            next(said_by(engine))
            engine.terminate()
            assert engine.wait(30) == 0
