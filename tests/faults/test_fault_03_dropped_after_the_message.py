"""Fault 3: the relay hangs up on the final dot (`-q .`), or says 421 and hangs up (`-Q .`)."""

from datetime import timedelta

import pytest

from newsletter.ledger.states import State
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE, engine_for, is_over, is_tried
from tests.faults.smtp_sink import SmtpSink


@pytest.mark.parametrize("option", ["-q", "-Q"])
def test_it_is_temporary_and_tried_again_and_nobody_is_refused(stage: Stage, sink: SmtpSink, option: str) -> None:
    stage.crowd(1)
    run = stage.order()
    sink.start(option, ".")
    with running(engine_for(stage, sink.url)):
        wait_until(lambda: is_tried(stage, 2), "two copies were tried")
    assert stage.states().keys() <= {State.WAITING, State.DEFERRED}
    assert bool(stage.lost()) is (option == "-q")  # without an answer nobody knows; 421 is an answer
    sink.start()
    stage.clock.now += timedelta(minutes=31)
    with running(engine_for(stage, sink.url)):
        wait_until(lambda: is_over(stage, run), "the run ends")
    assert stage.states() == {State.ACCEPTED: 1 + CAST_SIZE}
