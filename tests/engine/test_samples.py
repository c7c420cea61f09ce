"""Test mails, which go out at most once."""

import time

import pytest
from sqlalchemy import select, update

from newsletter.bulletin.bulletin import Version
from newsletter.engine.recover import recover_dead
from newsletter.errors import NotFound
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import RunState
from newsletter.ledger.sample import Sample, ask_for_sample
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from tests.engine.relay import HANG_UP
from tests.engine.stage import Stage, running, wait_until


def a_sample(stage: Stage) -> int:
    with stage.db.read() as session:
        version = session.scalars(select(Version)).one()
        copy = session.scalars(select(Delivery).limit(1)).one()
        run = stage.run(copy.run_id)
    return ask_for_sample(
        stage.db,
        version.id,
        run.topic_id,
        as_person_id=copy.person_id,
        address="colleague@acme.example",
        author="Ann",
        now=stage.clock.now,
    )


def outcome_of(stage: Stage, sample: int) -> str:
    with stage.db.read() as session:
        return session.get_one(Sample, sample).outcome


def test_a_test_mail_goes_out_once_and_its_link_takes_nobody_off_a_list(stage: Stage) -> None:
    stage.crowd(1)
    run = stage.order(at=stage.clock.now)
    stage.start_due()
    with running(stage.engine(connections=2)):
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
        sample = a_sample(stage)
        wait_until(lambda: outcome_of(stage, sample), "the test mail is sent")
    assert outcome_of(stage, sample) == "250 2.0.0 taken"
    assert stage.relay.copies["colleague@acme.example"] == 1
    with pytest.raises(NotFound):
        opt_out(stage.db, OptOutLink(0, stage.run(run).topic_id, 0), Way.ONE_CLICK, stage.clock.now)


def test_a_test_mail_in_doubt_is_not_sent_again(stage: Stage) -> None:
    stage.crowd(1)
    stage.order()
    stage.start_due()
    stage.relay.says = lambda at, words: HANG_UP if at == "dot" and "colleague" in words else None
    sample = a_sample(stage)
    with running(stage.engine()):
        wait_until(lambda: outcome_of(stage, sample), "the test mail is settled")
        time.sleep(0.7)
    assert stage.relay.copies["colleague@acme.example"] == 1


def test_a_test_mail_that_died_with_its_engine_says_so(stage: Stage) -> None:
    stage.crowd(1)
    stage.order()
    stage.start_due()
    sample = a_sample(stage)
    with stage.db.write() as session:
        session.execute(update(Sample).values(engine="dead"))
    stage.folder.mkdir(parents=True)
    (stage.folder / "dead.lock").touch()
    recover_dead(stage.db, stage.folder, stage.clock.now)
    assert "ask again" in outcome_of(stage, sample)
