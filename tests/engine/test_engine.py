"""A whole engine in this process: threads, timed jobs, and what they do when something is away."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import psycopg
import pytest
import time_machine
from sqlalchemy import event, text

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.errors import Unavailable
from newsletter.ledger.run import RunState
from newsletter.ledger.seen import engines_alive
from newsletter.ledger.states import State
from tests.engine.stage import PATIENCE, Stage, running, wait_until

CAST_SIZE = 4


def test_a_run_that_came_due_while_the_host_was_down_starts_late_and_once(stage: Stage) -> None:
    stage.crowd(3)
    run = stage.order()
    stage.clock.forward(hours=4)
    with running(stage.engine(connections=2)):
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
    assert stage.run(run).started_at == stage.clock.now
    assert set(stage.relay.copies.values()) == {1}
    assert stage.left_behind() == []
    assert engines_alive(stage.db, stage.clock.now) == []


def test_a_clock_set_back_stops_no_timed_job(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.clock.now = utc_now()
    stage.crowd(1)
    with running(stage.engine()), time_machine.travel(utc_now() - timedelta(hours=1)):
        time.sleep(1.1)
        run = stage.order()
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")


def test_an_engine_says_what_troubles_it_until_it_is_over(stage: Stage) -> None:
    stage.crowd(1)
    stage.relay.says = lambda at, _: "535 5.7.8 who are you" if at == "connect" else None
    run = stage.order()
    with running(stage.engine()) as engine:
        wait_until(lambda: "who are you" in engine.trouble(), "the trouble is known")
        stage.relay.says = lambda _at, _words: None
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
        assert engine.trouble() == ""


@contextmanager
def away(db: Database) -> Iterator[None]:
    """The database answers nobody for a while: locked by another process, or shut."""
    if db.is_sqlite:
        with closing(Database(db.engine.url)) as somebody_else, somebody_else.write() as session:
            session.execute(text("SELECT 1"))  # only now it holds the lock
            yield
        return
    name = db.engine.url.database
    with psycopg.connect(
        host=str(db.engine.url.query["host"]), user=db.engine.url.username, dbname="postgres", autocommit=True
    ) as session:
        session.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        session.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


def impatient(db: Database) -> None:
    """SQLite waits 30 seconds for a lock before it says no; the tests have not got them."""
    if db.is_sqlite:
        event.listen(db.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout = 50"))


@pytest.mark.parametrize("size", [10, 90])
def test_a_database_that_goes_away_in_the_middle_costs_no_copy_and_makes_none_twice(stage: Stage, size: int) -> None:
    stage.crowd(size)
    run = stage.order()
    impatient(stage.db)
    reached, back = threading.Event(), threading.Event()

    def says(at: str, words: str) -> None:
        if at == "dot" and words.startswith("p0005"):
            reached.set()
            back.wait(PATIENCE)

    stage.relay.says = says
    with running(stage.engine()) as engine:
        assert reached.wait(PATIENCE)
        with away(stage.db):
            back.set()
            wait_until(lambda: "database" in engine.trouble(), "the engine notices")
        wait_until(lambda: is_over(stage, run), "the run ends")
        assert engine.trouble() == ""
    assert stage.states() == {State.ACCEPTED: size + CAST_SIZE}
    assert set(stage.relay.copies.values()) == {1}
    assert stage.lost() == {}


def is_over(stage: Stage, run: int) -> bool:
    try:
        return stage.run(run).state == RunState.FINISHED
    except Unavailable:
        return False


def test_an_engine_stopped_while_the_database_is_away_leaves_its_journal_to_the_next(stage: Stage) -> None:
    stage.crowd(10)
    run = stage.order()
    impatient(stage.db)
    reached, back = threading.Event(), threading.Event()

    def says(at: str, words: str) -> None:
        if at == "dot" and words.startswith("p0005"):
            reached.set()
            back.wait(PATIENCE)

    stage.relay.says = says
    engine = stage.engine()
    engine.start()
    try:
        assert reached.wait(PATIENCE)
        with away(stage.db):
            back.set()
            wait_until(engine.trouble, "the engine notices")
            engine.stop()
    except BaseException:
        engine.stop()
        raise
    assert len(stage.left_behind()) == 2
    with running(stage.engine()):
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
    assert stage.states() == {State.ACCEPTED: 10 + CAST_SIZE}
    assert set(stage.relay.copies.values()) == {1}
    assert stage.lost() == {}
    assert stage.left_behind() == []


def test_a_job_that_fails_stops_no_other(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.crowd(1)
    stage.folder.mkdir(parents=True)
    (stage.folder / "dead.lock").mkdir()  # nothing that can be buried
    run = stage.order()
    with running(stage.engine()):
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")


def test_times_in_the_ledger_are_those_of_the_engines_clock(stage: Stage, now: datetime) -> None:
    stage.crowd(1)
    stage.order()
    stage.start_due()
    stage.sender().work()
    assert {copy.settled_at for copy in stage.copies().values()} == {now}
    with stage.db.read() as session:
        assert session.scalar(text("SELECT count(*) FROM delivery")) == 1 + CAST_SIZE
