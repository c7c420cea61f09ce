"""A sender that is told to stop in the middle of a chunk."""

import time

from newsletter.ledger.states import State
from tests.engine.stage import Stage

LINES, IN_HAND = 3, 3  # what a line takes at once: a copy on the wire, its envelope ahead, and one composed


def test_a_sender_told_to_stop_sends_nothing_that_was_composed_ahead(stage: Stage) -> None:
    stage.crowd(50)
    stage.order()
    stage.start_due()
    sender = stage.sender(lines=LINES)
    relay = sender.counter.relay
    for _ in range(2):  # all has gone well before, so that there are seats for all lines
        assert sender.pool.take(relay, 0.0)
        sender.pool.note(relay, 1, 0.0, is_troubled=False, has_time=True)
    for _ in range(2):
        sender.pool.give(relay)
    assert sender.pool.allowed(relay) == LINES

    def says(at: str, _words: str) -> None:
        if at == "dot":
            time.sleep(0.2)
            sender.stopping = True

    stage.relay.says = says  # type: ignore[assignment]
    sender.work()
    assert len(stage.relay.taken) <= LINES * IN_HAND
    states = stage.states()
    assert states[State.ACCEPTED] == len(stage.relay.taken)
    assert states.keys() == {State.ACCEPTED, State.WAITING}
