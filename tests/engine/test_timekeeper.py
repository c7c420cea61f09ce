"""The process beside an engine for the timed work of the rooms: it works, comes back, and ends with its engine."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.engine.companion import Companion
from newsletter.hit.hit import Hit
from tests.engine.stage import PATIENCE, Stage, engine_process, wait_until
from tests.engine.test_processes import command_of, lives


@contextmanager
def engine_beside(stage: Stage) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """An engine as a process, and the process id of its timekeeper."""
    with engine_process(stage.environment()) as engine:
        wait_until(lambda: timekeepers(engine), "the timekeeper is there")
        (timekeeper,) = timekeepers(engine)
        yield engine, timekeeper


def timekeepers(engine: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{engine.pid}/task/{engine.pid}/children").read_text().split()
    return [int(pid) for pid in children if lives(int(pid)) and b"newsletter.engine.timekeeper" in command_of(int(pid))]


def where_it_logs(pid: int) -> Path:
    return Path(f"/proc/{pid}/fd/2").readlink()


def unjudged(db: Database) -> int:
    """A hit that waits for a job of a room."""
    with db.write() as session:
        hit = Hit(at=utc_now(), method="GET", kind="leave", person_id=None, delivery_id=None)
        session.add(hit)
        session.flush()
        return hit.id


def is_judged(db: Database, hit: int) -> bool:
    with db.read() as session:
        return bool(session.get_one(Hit, hit).verdict)


def test_a_timekeeper_that_is_killed_is_started_again_and_works_until_its_engine_is_asked_to_end(stage: Stage) -> None:
    with engine_beside(stage) as (engine, first):
        os.kill(first, signal.SIGKILL)
        hit = unjudged(stage.db)
        wait_until(lambda: timekeepers(engine) not in ([], [first]), "another one is there")
        (second,) = timekeepers(engine)
        wait_until(lambda: is_judged(stage.db, hit), "the timed work is done")
        engine.terminate()
        assert engine.wait(PATIENCE) == 0
        assert not lives(second)
    assert stage.left_behind() == []


def test_a_timekeeper_notices_that_its_engine_was_killed(sqlite_stage: Stage) -> None:
    with engine_beside(sqlite_stage) as (engine, timekeeper):
        assert where_it_logs(timekeeper) == where_it_logs(engine.pid)
        engine.kill()
        engine.wait()
        wait_until(lambda: not lives(timekeeper), "it ends")


def test_a_timekeeper_lets_its_engine_go_first(sqlite_stage: Stage) -> None:
    with engine_beside(sqlite_stage) as (engine, timekeeper):
        ours = os.getpriority(os.PRIO_PROCESS, engine.pid)
        wait_until(lambda: os.getpriority(os.PRIO_PROCESS, timekeeper) == min(ours + 10, 19), "it stands back")


def test_a_process_that_dies_at_once_is_started_ever_more_seldom(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    program = f"open({str(starts)!r}, 'a').write('.'); raise SystemExit(1)"
    companion = Companion("the broken one", ("-S", "-c", program))
    companion.start()
    began = time.monotonic()
    while time.monotonic() - began < 7:
        companion.restart_if_dead()
        time.sleep(0.05)
    companion.stop()
    assert starts.read_text() == ".."  # three seconds apart, then six
