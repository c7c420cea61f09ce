"""Fault 2: the engine dies after the relay took a copy and before the ledger knows."""

import signal
import subprocess

import pytest

from newsletter.clock import utc_now
from newsletter.ledger.states import State
from tests.engine.stage import PATIENCE, Stage, engine_process, wait_until
from tests.faults.engines import CAST_SIZE, is_over

CROWD = 20


@pytest.mark.parametrize("klass", ["technical", "safety", "marketing"])
def test_the_copy_is_in_doubt_and_sent_again_or_held_as_its_class_says(stage: Stage, klass: str) -> None:
    stage.clock.now = utc_now()
    stage.crowd(CROWD)
    run = stage.order(klass)
    victims: list[subprocess.Popen[bytes]] = []

    def says(at: str, words: str) -> None:
        if at == "dot" and words.startswith("p0007") and victims:
            victims.pop().kill()

    stage.relay.says = says
    settings = stage.environment(connections="1")
    with engine_process(settings) as engine:
        victims.append(engine)
        assert engine.wait(PATIENCE) == -signal.SIGKILL
    with engine_process(settings):
        wait_until(lambda: is_over(stage, run), "the run ends")
    is_asked = klass == "marketing"
    assert stage.lost() == {"p0007@crowd.example": 1}
    assert stage.relay.copies["p0007@crowd.example"] == (1 if is_asked else 2)
    assert len(stage.relay.taken) == CROWD + CAST_SIZE + (0 if is_asked else 1)
    assert {len(ids) for ids in stage.message_ids().values()} == {1}
    in_doubt = {State.IN_DOUBT: 1} if is_asked else {}
    assert stage.states() == {State.ACCEPTED: CROWD + CAST_SIZE - len(in_doubt), **in_doubt}


def test_nobody_is_in_doubt_for_a_kill_before_the_first_dot(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(CROWD)
    run = stage.order("marketing")
    victims: list[subprocess.Popen[bytes]] = []

    def says(at: str, _: str) -> None:
        if at == "data" and victims:
            victims.pop().kill()

    stage.relay.says = says
    settings = stage.environment(connections="1")
    with engine_process(settings) as engine:
        victims.append(engine)
        assert engine.wait(PATIENCE) == -signal.SIGKILL
    with engine_process(settings):
        wait_until(lambda: is_over(stage, run), "the run ends")
    assert stage.lost() == {}
    assert set(stage.relay.copies.values()) == {1}
    assert stage.states() == {State.ACCEPTED: CROWD + CAST_SIZE}
