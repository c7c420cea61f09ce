"""Fault 5: temporary for one recipient, refused for good for another, accepted for the rest."""

import pytest

from newsletter.ledger.refusal import Refusal
from newsletter.ledger.states import State
from newsletter.report.said import refused_for
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE, engine_for, is_tried
from tests.relay_sink import RelaySink

ANSWERS = {
    "p0001@crowd.example": ("450 4.2.2 mailbox full", State.DEFERRED, None),
    "p0002@crowd.example": ("550 5.1.1 no such user", State.REFUSED, Refusal.MAILBOX),
    "p0003@crowd.example": ("452 4.5.3 too many recipients", State.DEFERRED, None),
    "p0004@crowd.example": ("550 never heard of her", State.REFUSED, Refusal.OTHER),
}


@pytest.mark.parametrize("connections", [1, 3])
def test_each_gets_the_answer_of_their_own_server(stage: Stage, relay_sink: RelaySink, connections: int) -> None:
    stage.crowd(8)
    run = stage.order()
    relay_sink.replies |= {address: reply for address, (reply, _, _) in ANSWERS.items()}
    with running(engine_for(stage, relay_sink.url, connections=connections)):
        wait_until(lambda: is_tried(stage, 8 + CAST_SIZE), "everybody was tried")
    copies = stage.copies()
    found = {address: (copies[address].reply, copies[address].state) for address in ANSWERS}
    assert found == {address: (reply, state) for address, (reply, state, _) in ANSWERS.items()}
    assert stage.states()[State.ACCEPTED] == 4 + CAST_SIZE == len(relay_sink.messages)
    with stage.db.read() as session:
        assert refused_for(session, run) == {Refusal.MAILBOX: 1, Refusal.OTHER: 1}
