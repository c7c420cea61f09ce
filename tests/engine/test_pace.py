"""Limits as the relay sees them, kept by real engines."""

import time
from collections.abc import Sequence

import pytest

from newsletter.clock import utc_now
from newsletter.ledger.states import State
from newsletter.pace.change import rate_run, set_rate
from newsletter.pace.pause import pause_domain, resume_domain
from newsletter.pace.rate import Rate
from newsletter.pace.rule import Kind
from tests.engine.stage import Stage, running, wait_until

CAST_SIZE = 4


def most_in_a_second(moments: Sequence[float]) -> int:
    """The largest number in any window of one second."""
    ordered = sorted(moments)
    return max(sum(start <= moment < start + 1.0 for moment in ordered) for start in ordered)


@pytest.mark.parametrize("engines", [1, 2])
def test_a_rate_is_never_exceeded(stage: Stage, engines: int) -> None:
    stage.clock.now = utc_now()
    stage.crowd(100 - CAST_SIZE)
    set_rate(stage.db, Kind.DOMAIN, "crowd.example", Rate(40, 1), by="Ann", now=stage.clock.now)
    stage.order()
    stage.start_due()
    crew = [stage.engine(utc_now, connections=2) for _ in range(engines)]
    with running(crew[0]):
        if engines == 2:
            crew[1].start()
        wait_until(stage.all_accepted, "all are sent")
        if engines == 2:
            crew[1].stop()
    moments = [message.at for message in stage.relay.taken if message.to.endswith("@crowd.example")]
    assert most_in_a_second(moments) <= 41
    assert len(moments) / (max(moments) - min(moments)) > 3  # how near it comes is what bin/bench limits shows


def test_a_run_is_made_slower_and_faster_while_it_goes(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(400)
    run = stage.order()
    with stage.db.write() as session:
        rate_run(session, run, Rate(20, 1), by="Ann", now=stage.clock.now)
    stage.start_due()
    with running(stage.engine(utc_now, connections=2)):
        wait_until(lambda: len(stage.relay.taken) > 20, "it goes")
        assert most_in_a_second([message.at for message in stage.relay.taken]) <= 21
        with stage.db.write() as session:
            rate_run(session, run, None, by="Ann", now=utc_now())
        changed = time.monotonic()
        wait_until(stage.all_accepted, "all are sent")
    assert max(message.at for message in stage.relay.taken) - changed < 5.0  # at the old rate it would take 19 s


def test_copies_to_a_paused_domain_wait_and_say_why_and_the_others_go(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(20)
    with stage.db.write() as session:
        pause_domain(session, "crowd.example", "they asked us to wait", by="Ann", now=stage.clock.now)
    stage.order()
    stage.start_due()
    sender = stage.sender()
    while sender.work():
        pass
    assert stage.states() == {State.ACCEPTED: CAST_SIZE, State.WAITING: 20}
    waiting = next(copy for copy in stage.copies().values() if copy.state == State.WAITING)
    assert "they asked us to wait" in waiting.reply
    with running(stage.engine()):
        with stage.db.write() as session:
            resume_domain(session, "crowd.example", by="Ann", now=stage.clock.now)
        wait_until(stage.all_accepted, "the engine hears of it")
