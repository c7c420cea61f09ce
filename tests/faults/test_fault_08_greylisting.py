"""Fault 8: 450 at first, 250 from five minutes after."""

from datetime import timedelta

from newsletter.ledger.states import State
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE, engine_for, is_over, is_tried
from tests.relay_sink import RelaySink


def test_a_greylisted_copy_comes_through_by_itself_as_one_mail(stage: Stage, relay_sink: RelaySink) -> None:
    stage.crowd(4)
    run = stage.order()
    began = stage.clock.now
    relay_sink.replies["p0001@crowd.example"] = "450 4.2.0 greylisted, come back in five minutes"
    with running(engine_for(stage, relay_sink.url)):
        wait_until(lambda: is_tried(stage, 4 + CAST_SIZE), "everybody was tried")
        copy = stage.copies()["p0001@crowd.example"]
        assert (copy.state, copy.deferred) == (State.DEFERRED, 1)
        assert copy.due_at >= began + timedelta(minutes=30)  # RFC 5321 4.5.4.1
        relay_sink.replies.clear()
        stage.clock.now = copy.due_at
        wait_until(lambda: is_over(stage, run), "the run ends")
    assert stage.states() == {State.ACCEPTED: 4 + CAST_SIZE}
    to = [message.recipients for message in relay_sink.messages]
    assert to.count(("p0001@crowd.example",)) == 1
    assert len(to) == 4 + CAST_SIZE
