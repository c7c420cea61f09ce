from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.checkin.acknowledge import acknowledge, acknowledging
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound
from newsletter.links import DoneLink
from newsletter.signal.evidence import Evidence
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from tests import cast
from tests.optout.copies import Stage, set_stage


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


@pytest.fixture
def nora(stage: Stage) -> DoneLink:
    return DoneLink(stage.nora.person_id, stage.nora.delivery_id)


def _told(session: Session) -> int | None:
    return session.scalar(select(func.count()).select_from(Evidence))


def test_a_job_done_is_a_sign_of_life_of_that_machine_alone(
    db: Database, stage: Stage, nora: DoneLink, now: datetime
) -> None:
    acknowledge(db, nora, stage.cast.a100231.id, now)
    with db.read() as session:
        units, account = verdicts_of(session, stage.cast.north.id, now)
        jobs = {job.unit_id: job.done_at for job in acknowledging(session, nora).jobs}
    assert units[stage.cast.a100231.id].state == account.state == State.IN_USE
    assert units[stage.cast.a103000.id].state == State.UNKNOWN
    assert jobs == {stage.cast.a100231.id: now, stage.cast.a103000.id: None}


def test_saying_it_twice_is_saying_it_once(db: Database, stage: Stage, nora: DoneLink, now: datetime) -> None:
    acknowledge(db, nora, stage.cast.a100231.id, now)
    acknowledge(db, nora, stage.cast.a100231.id, now + timedelta(days=1))
    with db.read() as session:
        assert _told(session) == 1


def test_only_a_machine_that_the_mail_named_can_be_done(
    db: Database, stage: Stage, nora: DoneLink, now: datetime
) -> None:
    with pytest.raises(BadAnswer):
        acknowledge(db, nora, stage.cast.a100500.id, now)
    with db.read() as session:
        assert _told(session) == 0


def test_the_copy_of_somebody_else_answers_nothing(db: Database, stage: Stage, now: datetime) -> None:
    forged = DoneLink(stage.una.person_id, stage.nora.delivery_id)
    with pytest.raises(NotFound):
        acknowledge(db, forged, stage.cast.a100231.id, now)
    with db.read() as session, pytest.raises(NotFound):
        acknowledging(session, forged)
