"""Engines as processes of their own, and how they end. What happens when they are killed: `tests/faults`."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from newsletter.clock import utc_now
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from tests.engine.stage import PATIENCE, Stage, engine_process, wait_until

CAST_SIZE = 4


def finished(stage: Stage, run: int) -> bool:
    return stage.run(run).state == RunState.FINISHED


def test_a_stopped_engine_finishes_what_is_on_the_wire_and_tidies_up(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.clock.now = utc_now()
    stage.crowd(100)
    run = stage.order()
    stage.relay.says = lambda at, _: time.sleep(0.05) if at == "dot" else None
    with engine_process(stage.environment(), "--until-stdin-closes") as engine:
        wait_until(lambda: len(stage.relay.taken) > 4, "mail flows")
        engine.send_signal(signal.SIGTERM)  # its standard input stays open
        assert engine.wait(PATIENCE) == 0
    assert stage.states() == {
        State.ACCEPTED: len(stage.relay.taken),
        State.WAITING: 100 + CAST_SIZE - len(stage.relay.taken),
    }
    assert stage.left_behind() == []
    stage.relay.says = lambda _at, _words: None
    with engine_process(stage.environment(), "--until-stdin-closes") as engine:
        wait_until(lambda: finished(stage, run), "the run ends")
        assert engine.stdin is not None
        engine.stdin.close()
        assert engine.wait(PATIENCE) == 0
    assert set(stage.relay.copies.values()) == {1}
    assert stage.lost() == {}
    assert stage.left_behind() == []


def test_a_signal_is_not_lost_while_the_command_becomes_the_engine(sqlite_stage: Stage) -> None:
    with engine_process(sqlite_stage.environment()) as engine:
        wait_until(lambda: b"newsletter.engine" in command_of(engine.pid), "the command becomes the engine")
        engine.terminate()
        assert engine.wait(PATIENCE) == 0
    assert sqlite_stage.left_behind() == []


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_an_engine_ends_with_its_parent(sqlite_stage: Stage) -> None:
    program = (
        "import subprocess, sys, time\n"
        "engine = subprocess.Popen([sys.executable, '-P', '-m', 'newsletter', 'engine', '--until-stdin-closes'],"
        " stdin=subprocess.PIPE, start_new_session=True)\n"
        "print(engine.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = sqlite_stage.environment()
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_until(lambda: len(sqlite_stage.left_behind()) == 1 + 4, "the engine keeps a journal")
        parent.kill()
    wait_until(lambda: sqlite_stage.left_behind() == [], "the engine tidies up")
    wait_until(lambda: not lives(pid), "the engine ends")


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent's farewell does not."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123 - no file of ours
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
