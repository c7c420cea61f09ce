"""Fault 6: the relay says 550 in the middle of a message, or stops reading."""

import time
from dataclasses import replace

import pytest

from newsletter.ledger.states import State
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import BRIEF, CAST_SIZE, engine_for, is_tried, order
from tests.faults.smtp_sink import SmtpSink

HUGE = "---\nnumber: TB-9\ntitle: Huge\nclass: technical\nlanguage: en\n---\n" + "A long line of a manual. " * 36_000
PATIENT = replace(BRIEF, block=3, dot=3)
_PUT_OFF = {State.WAITING, State.DEFERRED}


@pytest.mark.parametrize(
    ("options", "text", "ends", "words"),
    [
        pytest.param(("-A", "1"), "", {State.REFUSED}, "550", id="550 and deaf"),
        pytest.param(("-A", "1"), HUGE, {State.REFUSED}, "550", id="550 and deaf to a long message"),
        pytest.param(("-A", "0"), "", _PUT_OFF, "more than it was asked", id="550 before a word of it"),
        pytest.param(("-H", "30", "-T", "100"), "", _PUT_OFF, "timeout", id="deaf"),
        pytest.param(("-H", "30", "-T", "100"), HUGE, _PUT_OFF, "timeout", id="deaf to a long message"),
    ],
)
def test_nothing_hangs_and_the_copy_has_its_reason(
    sqlite_stage: Stage, sink: SmtpSink, options: tuple[str, ...], text: str, ends: set[State], words: str
) -> None:
    stage = sqlite_stage
    stage.crowd(0)
    if text:
        order(stage, text)
    else:
        stage.order()
    sink.start(*options)
    began = time.monotonic()
    with running(engine_for(stage, sink.url, timeouts=PATIENT if words == "550" else BRIEF)) as engine:
        wait_until(lambda: is_tried(stage), "a copy was tried")
        assert not engine.has_failed.is_set()
    assert time.monotonic() - began < 15
    tried = [copy for copy in stage.copies().values() if copy.reply]
    assert tried
    assert {copy.state for copy in tried if words in copy.reply} <= ends
    assert any(copy.state in ends and words in copy.reply for copy in tried)
    assert sum(stage.states().values()) == CAST_SIZE
