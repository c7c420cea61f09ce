from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.account.unit import Unit
from newsletter.checkin.heartbeat import running, tell_running
from newsletter.checkin.telling import Telling
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound
from newsletter.links import RunningLink
from newsletter.question.reasons import Fate, UnitAnswer
from newsletter.signal.evidence import Evidence
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from tests import cast
from tests.optout.copies import NUMBER, Stage, set_stage


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


@pytest.fixture
def nora(stage: Stage) -> RunningLink:
    return RunningLink(stage.nora.person_id, stage.nora.delivery_id)


def _evidence(db: Database) -> Sequence[Evidence]:
    with db.read() as session:
        return session.scalars(select(Evidence).order_by(Evidence.id)).all()


def _state(db: Database, unit: Unit, now: datetime) -> State:
    with db.read() as session:
        return verdicts_of(session, unit.account_id, now)[0][unit.id].state


@pytest.mark.parametrize(
    ("telling", "state"),
    [
        (UnitAnswer.IN_USE, State.IN_USE),
        (UnitAnswer.BACKUP, State.BACKUP),
        (UnitAnswer.GONE, State.NOT_IN_USE),
        (Fate.SCRAPPED, State.NOT_IN_USE),
    ],
)
def test_one_tap_tells_of_one_machine_without_an_opt_out(
    db: Database, stage: Stage, nora: RunningLink, now: datetime, telling: Telling, state: State
) -> None:
    tell_running(db, nora, stage.cast.a100231.id, telling, now)
    assert _state(db, stage.cast.a100231, now) == state
    assert _state(db, stage.cast.a103000, now) == State.UNKNOWN
    (told,) = _evidence(db)
    assert (told.kind, told.bulletin_number, told.delivery_id) == ("heartbeat", NUMBER, nora.delivery_id)


def test_the_last_word_counts_and_the_one_before_is_taken_back(
    db: Database, stage: Stage, nora: RunningLink, now: datetime
) -> None:
    for minutes, telling in enumerate((UnitAnswer.GONE, Fate.SOLD, UnitAnswer.IN_USE, UnitAnswer.IN_USE)):
        tell_running(db, nora, stage.cast.a100231.id, telling, now + timedelta(minutes=minutes))
    assert [(row.detail, row.supersedes_id is None) for row in _evidence(db)] == [
        ("gone", True),
        ("sold", False),
        ("in_use", False),
    ]
    assert _state(db, stage.cast.a100231, now + timedelta(hours=1)) == State.IN_USE
    with db.read() as session:
        assert [m.answer for m in running(session, nora, now).machines] == [UnitAnswer.IN_USE, None]


def test_the_same_answer_a_year_later_is_a_new_sign_of_life(
    db: Database, stage: Stage, nora: RunningLink, now: datetime
) -> None:
    for days in (0, 365):
        tell_running(db, nora, stage.cast.a100231.id, UnitAnswer.IN_USE, now + timedelta(days=days))
    assert [row.observed_at for row in _evidence(db)] == [now, now + timedelta(days=365)]


def test_two_readers_of_one_machine_do_not_take_each_other_back(
    db: Database, stage: Stage, nora: RunningLink, now: datetime
) -> None:
    una = RunningLink(stage.una.person_id, stage.una.delivery_id)
    for link in (nora, una):
        tell_running(db, link, stage.cast.a100231.id, UnitAnswer.BACKUP, now)
    assert [row.supersedes_id for row in _evidence(db)] == [None, None]


def test_a_machine_the_copy_did_not_name_is_refused(
    db: Database, stage: Stage, nora: RunningLink, now: datetime
) -> None:
    with pytest.raises(BadAnswer):
        tell_running(db, nora, stage.cast.a100500.id, UnitAnswer.IN_USE, now)
    assert _evidence(db) == []


def test_the_copy_of_somebody_else_answers_nothing(db: Database, stage: Stage, now: datetime) -> None:
    forged = RunningLink(stage.una.person_id, stage.nora.delivery_id)
    with pytest.raises(NotFound):
        tell_running(db, forged, stage.cast.a100231.id, UnitAnswer.GONE, now)
    assert _evidence(db) == []
