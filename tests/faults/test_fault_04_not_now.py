"""Fault 4: 421 at every step of a session."""

from datetime import timedelta

import pytest

from newsletter.ledger.states import State
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE, engine_for, is_over
from tests.faults.smtp_sink import SmtpSink


@pytest.mark.parametrize("command", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_the_connection_is_put_off_and_nobody_is_burned(sqlite_stage: Stage, sink: SmtpSink, command: str) -> None:
    stage = sqlite_stage
    stage.crowd(5)
    run = stage.order()
    sink.start("-Q", command)
    with running(engine_for(stage, sink.url)) as engine:
        wait_until(engine.trouble, "the engine notices")
        assert "421" in engine.trouble()
    assert stage.states().keys() <= {State.WAITING, State.DEFERRED}
    assert stage.lost() == {}
    sink.start()
    stage.clock.now += timedelta(minutes=31)
    with running(engine_for(stage, sink.url)):
        wait_until(lambda: is_over(stage, run), "the run ends")
    assert stage.states() == {State.ACCEPTED: 5 + CAST_SIZE}


def test_the_other_domains_go_on(stage: Stage) -> None:
    stage.crowd(30)
    for number in range(3):
        stage.newcomer(f"p{number}@slow.example")
    stage.order()
    stage.relay.says = lambda at, words: "421 4.7.0 slow down" if at == "rcpt" and "slow.example" in words else None
    with running(stage.engine()):
        wait_until(lambda: stage.states()[State.ACCEPTED] == 30 + CAST_SIZE, "the others have it")
        wait_until(lambda: stage.states()[State.DEFERRED] == 3, "the slow are put off")
    assert {address for address, copy in stage.copies().items() if copy.state == State.DEFERRED} == {
        "p0@slow.example", "p1@slow.example", "p2@slow.example",
    }  # fmt: skip
