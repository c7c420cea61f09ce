"""Fault 10: replies no standard knows. What the client makes of each is in tests/smtp/test_faults.py."""

from datetime import timedelta

import pytest

from newsletter.ledger.states import State
from tests.engine.relay import HANG_UP
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import BRIEF, CAST_SIZE, engine_for, is_over, is_tried

ABOUT_US = ["500 5.5.2 what?", "502 5.5.1 not here", "503 5.5.1 need RCPT command", "504 5.5.4 not this one"]
ODD = {
    "several lines": "250-one\r\n250-two\r\n250 three",
    "8-bit": "250 \xfcber alles",
    "600 octets": "250 " + "x" * 600,
    "garbage": "hello there",
    "another language": "HTTP/1.1 400 Bad Request\r\nConnection: close",
    "two answers": "250 ok\r\n250 ok",
    "two codes": "250-one\r\n550 two",
    "nothing": HANG_UP,
    "a code alone": "250",
    "endless": "250-more\r\n" * 5_000 + "250 done",
}


@pytest.mark.parametrize("at", ["mail", "rcpt", "dot"])
@pytest.mark.parametrize("reply", ODD.values(), ids=ODD.keys())
def test_it_is_read_or_put_off_and_nothing_crashes(sqlite_stage: Stage, at: str, reply: str) -> None:
    stage = sqlite_stage
    stage.crowd(2)
    run = stage.order()
    stage.relay.says = lambda step, words: reply if step == at and "p0001" in words else None
    with running(engine_for(stage, timeouts=BRIEF)) as engine:
        wait_until(lambda: is_tried(stage) and not stage.states()[State.CLAIMED], "a copy was tried")
        stage.relay.says = lambda _step, _words: None
        stage.clock.now += timedelta(hours=1)
        wait_until(lambda: is_over(stage, run), "the run ends")
        assert not engine.has_failed.is_set()
    assert stage.states().keys() <= {State.ACCEPTED, State.REFUSED}
    assert stage.states()[State.ACCEPTED] >= 1 + CAST_SIZE
    twice = {to for to, count in stage.relay.copies.items() if count > 1}
    assert twice <= stage.lost().keys()


@pytest.mark.parametrize("reply", ABOUT_US)
def test_an_answer_about_our_commands_is_not_held_against_the_recipient(sqlite_stage: Stage, reply: str) -> None:
    stage = sqlite_stage
    stage.crowd(2)
    stage.order()
    stage.relay.says = lambda step, words: reply if step == "rcpt" and "p0001" in words else None
    with running(engine_for(stage)):
        wait_until(lambda: is_tried(stage, 1) and not stage.states()[State.CLAIMED], "a copy was tried")
    assert stage.states()[State.REFUSED] == 0
