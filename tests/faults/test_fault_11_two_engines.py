"""Fault 11: several engines on one database start each run once and send each copy once."""

import signal
from contextlib import ExitStack
from datetime import timedelta

from newsletter.clock import utc_now
from newsletter.ledger.run import Run
from newsletter.ledger.states import State
from tests.engine.stage import PATIENCE, Stage, engine_process, wait_until
from tests.faults.engines import CAST_SIZE, is_over

ENGINES = 3


def test_three_engines_make_one_start_and_one_copy_a_person(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(1200)  # three batches
    run = stage.order(at=utc_now() + timedelta(hours=1))
    with ExitStack() as stack:
        engines = [stack.enter_context(engine_process(stage.environment())) for _ in range(ENGINES)]
        wait_until(lambda: sum(name.endswith(".lock") for name in stage.left_behind()) == ENGINES, "all are there")
        with stage.db.write() as session:
            session.get_one(Run, run).due_at = utc_now()
        wait_until(lambda: is_over(stage, run), "the run ends")
        assert [engine.poll() for engine in engines] == [None] * ENGINES
        for engine, sign in zip(engines, (signal.SIGTERM, signal.SIGINT, signal.SIGTERM), strict=True):
            engine.send_signal(sign)
        assert [engine.wait(PATIENCE) for engine in engines] == [0] * ENGINES
    assert set(stage.relay.copies.values()) == {1}
    assert stage.states() == {State.ACCEPTED: 1200 + CAST_SIZE}
    assert stage.left_behind() == []
