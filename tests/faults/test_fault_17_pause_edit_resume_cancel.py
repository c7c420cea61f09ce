"""Fault 17: a run is paused, its bulletin edited, and the run goes on or is cancelled."""

import email
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.bulletin.write import write
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.ledger.control import cancel, pause, resume
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from tests.bench import crowd
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE, engine_for, is_over, order
from tests.faults.trial import Trial
from tests.faults.verdict import judge
from tests.relay_sink import RelaySink

CROWD, PEOPLE = 120, 6000
TEXT = "---\nnumber: TB-1\ntitle: Grease\nclass: technical\nlanguage: en\n---\n# Grease\n\nGrease it {}.\n"


def said(sink: RelaySink) -> Counter[str]:
    """Which text people have."""
    bodies = [email.message_from_bytes(message.content).as_string() for message in sink.messages]
    return Counter("monthly" if "monthly" in body else "weekly" for body in bodies)


@pytest.mark.parametrize("goes_on", [True, False])
def test_resuming_covers_exactly_the_rest_and_an_edit_changes_no_copy_of_the_run(
    stage: Stage, relay_sink: RelaySink, *, goes_on: bool
) -> None:
    stage.crowd(CROWD)
    run = order(stage, TEXT.format("monthly"))
    with running(engine_for(stage, relay_sink.url)):
        wait_until(lambda: len(relay_sink.messages) > 5, "mail flows")
        pause(stage.db, run, "Ann", stage.clock.now)
        wait_until(lambda: not stage.states()[State.CLAIMED], "nothing is in hand")
        sent = len(relay_sink.messages)
        assert sent == stage.states()[State.ACCEPTED] < CROWD
        with stage.db.write() as session:
            write(session, TEXT.format("weekly"), "Ann", stage.clock.now)
        stage.clock.now += timedelta(hours=9)
        if goes_on:
            resume(stage.db, run, "Ann", stage.clock.now)
            wait_until(lambda: is_over(stage, run), "the run ends")
        else:
            cancel(stage.db, run, "Ann", stage.clock.now)
            wait_until(lambda: stage.run(run).finished_at is not None, "the run is over")
    to = Counter(message.recipients for message in relay_sink.messages)
    assert set(to.values()) == {1}
    assert len(to) == (CROWD + CAST_SIZE if goes_on else sent)
    assert said(relay_sink).keys() == {"monthly"}
    assert stage.run(run).state == (RunState.FINISHED if goes_on else RunState.CANCELLED)


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_an_engine_at_full_speed_obeys_at_once(db: Database, tmp_path: Path, act: str) -> None:
    crowd.settle(db, PEOPLE, utc_now())
    trial = Trial(db, tmp_path / "trial", PEOPLE)
    with trial.going(), trial.engine():
        trial.wait_for_mail(PEOPLE // 10)
        asked = time.monotonic()
        {"pause": pause, "cancel": cancel}[act](db, trial.run, "Ann", utc_now())
        while (count := trial.sink.count()) != (time.sleep(0.8) or trial.sink.count()):
            assert count < PEOPLE
        last = max(message.at for messages in trial.sink.taken().values() for message in messages)
        assert last - asked < 2  # on a busy machine; a quarter of a second is in hand
        assert trial.states()[State.ACCEPTED] == count < PEOPLE
        if act == "pause":
            asked = time.monotonic()
            resume(db, trial.run, "Ann", utc_now())
            trial.wait_for_mail(count + 1)
            assert time.monotonic() - asked < 3
            trial.wait_for_the_end()
            assert judge(trial, most_in_doubt=0).wrong == ()
        else:
            assert trial.states() == {State.ACCEPTED: count, State.CANCELLED: PEOPLE - count}
