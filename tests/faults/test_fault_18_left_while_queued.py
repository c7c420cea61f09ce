"""Fault 18: who leaves, complains or bounces while the copy waits gets nothing more; looked at last before it goes."""

import random
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.audience.person import Person
from newsletter.audience.suppression import Suppression
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.engine.copies import STALE_AFTER
from newsletter.ledger.states import State
from tests.bench import crowd
from tests.engine.stage import Stage, leave, running, wait_until
from tests.faults.engines import CAST_SIZE, is_over
from tests.faults.trial import Trial
from tests.faults.verdict import judge

PEOPLE = 400


def test_who_opts_out_during_a_slow_run_gets_nothing_later_than_a_second_after(db: Database, tmp_path: Path) -> None:
    chance = random.Random(18)  # noqa: S311 - moments, not secrets
    crowd.settle(db, PEOPLE, utc_now())
    trial = Trial(db, tmp_path / "trial", PEOPLE, pause=0.005)
    with trial.going(), trial.engine():
        trial.wait_for_mail(1)
        with trial.people_leaving(chance, 30, 0.04):
            trial.wait_for_the_end()
        verdict = judge(trial, most_in_doubt=0)
    assert verdict.wrong == ()
    assert verdict.left > 10
    assert trial.states()[State.WITHHELD] > 10


@pytest.mark.parametrize("reason", ["complaint", "bounce"])
def test_who_complains_or_bounces_meanwhile_gets_nothing_either(db: Database, tmp_path: Path, reason: str) -> None:
    crowd.settle(db, PEOPLE, utc_now())
    trial = Trial(db, tmp_path / "trial", PEOPLE, pause=0.005, connections=1)
    with trial.going(), trial.engine():
        trial.wait_for_mail(1)
        with db.write() as session:
            last = session.scalars(select(Person).order_by(Person.id.desc()).limit(50)).all()
            keys = {person.address_key for person in last}
            session.add_all(
                Suppression(address_key=key, reason=reason, source="a report", created_at=utc_now()) for key in keys
            )
        trial.wait_for_the_end()
    assert not keys & trial.sink.taken().keys()
    assert trial.states() == {State.ACCEPTED: PEOPLE - len(keys), State.WITHHELD: len(keys)}


def test_who_leaves_between_the_envelope_and_the_dot_gets_nothing_and_nobody_waits_for_ever(stage: Stage) -> None:
    stage.crowd(20)
    run = stage.order()

    def says(at: str, words: str) -> None:
        """The envelope of p0010 is out when p0009's message is answered."""
        if at == "dot" and words.startswith("p0009"):
            with stage.db.write() as session:
                leave(session, "p0010@crowd.example")
            time.sleep(STALE_AFTER + 0.1)

    stage.relay.says = says
    with running(stage.engine()):
        wait_until(lambda: is_over(stage, run), "the run ends")
    assert "p0010@crowd.example" not in stage.relay.copies
    assert stage.states() == {State.ACCEPTED: 19 + CAST_SIZE, State.WITHHELD: 1}
    assert set(stage.relay.copies.values()) == {1}
