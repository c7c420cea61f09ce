"""Engines as processes of their own, and what happens to a run when they are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.clock import utc_now
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from tests.engine.stage import PATIENCE, Stage, engine_process, wait_until

CAST_SIZE = 4


def finished(stage: Stage, run: int) -> bool:
    return stage.run(run).state == RunState.FINISHED


def test_two_engines_make_one_start_and_one_copy_a_person(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(600)  # more than one batch
    with engine_process(stage.environment()) as one, engine_process(stage.environment()) as other:
        wait_until(lambda: len(stage.left_behind()) == 2 * (1 + 4), "both keep their journals")
        run = stage.order(at=utc_now() + timedelta(seconds=1))
        wait_until(lambda: finished(stage, run), "the run ends")
        assert one.poll() is None
        assert other.poll() is None
        for engine, sign in ((one, signal.SIGTERM), (other, signal.SIGINT)):
            engine.send_signal(sign)
            assert engine.wait(PATIENCE) == 0
    assert set(stage.relay.copies.values()) == {1}
    assert stage.states() == {State.ACCEPTED: 600 + CAST_SIZE}
    assert stage.left_behind() == []


def test_engines_killed_at_any_moment_leave_nobody_out(stage: Stage) -> None:
    chance = random.Random(2026)  # noqa: S311 - moments, not secrets
    stage.clock.now = utc_now()
    stage.crowd(150)
    run = stage.order()
    stage.relay.says = lambda at, _: time.sleep(0.004) if at == "dot" else None
    for already in (10, 60):
        with engine_process(stage.environment()) as engine:
            wait_until(lambda enough=already: len(stage.relay.taken) >= enough, "mail flows")
            time.sleep(chance.random() * 0.05)
            engine.kill()
    with engine_process(stage.environment()):
        wait_until(lambda: finished(stage, run), "the run ends")
    assert stage.states() == {State.ACCEPTED: 150 + CAST_SIZE}
    assert len(stage.relay.copies) == 150 + CAST_SIZE
    twice = {to for to, count in stage.relay.copies.items() if count > 1}
    assert twice <= stage.lost().keys()
    assert sum(stage.relay.copies.values()) - len(stage.relay.copies) <= 2 * 2  # engines, connections
    assert {len(ids) for ids in stage.message_ids().values()} == {1}


@pytest.mark.parametrize("klass", ["technical", "marketing"])
def test_an_engine_killed_between_the_dot_and_the_commit_leaves_one_copy_in_doubt(stage: Stage, klass: str) -> None:
    stage.clock.now = utc_now()
    stage.crowd(20)
    run = stage.order(klass)
    victims: dict[str, subprocess.Popen[bytes]] = {}

    def says(at: str, words: str) -> None:
        if at in victims and (at == "data" or words.startswith("p0007")) and len(stage.relay.taken) > 5:
            victims.pop(at).kill()

    stage.relay.says = says
    settings = stage.environment(connections="1")
    with engine_process(settings) as engine:
        victims["dot"] = engine
        assert engine.wait(PATIENCE) == -signal.SIGKILL
    with engine_process(settings) as engine:
        victims["data"] = engine  # before the dot of whatever comes next: nobody is in doubt for that
        assert engine.wait(PATIENCE) == -signal.SIGKILL
    with engine_process(settings):
        wait_until(lambda: finished(stage, run), "the run ends")
    assert stage.lost() == {"p0007@crowd.example": 1}
    assert {to for to, count in stage.relay.copies.items() if count > 1} == (
        {"p0007@crowd.example"} if klass == "technical" else set()
    )
    assert len(stage.relay.copies) == 20 + CAST_SIZE
    assert {len(ids) for ids in stage.message_ids().values()} == {1}
    in_doubt = {} if klass == "technical" else {State.IN_DOUBT: 1}
    assert stage.states() == {State.ACCEPTED: 20 + CAST_SIZE - len(in_doubt), **in_doubt}


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
