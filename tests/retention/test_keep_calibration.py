"""What we had said, compared with what was answered, and kept for a page."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.report.calibrated import calibrated, models_that_answered, silent_who_answered
from newsletter.retention.keep_calibration import keep_calibration, rebuild_calibration
from newsletter.retention.reckoning import Figures, claim, is_due
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note, verdicts_of
from newsletter.signal.rules import State
from tests import cast
from tests.cast import Cast

PUT_UP = datetime(2019, 11, 21, tzinfo=UTC)


@pytest.fixture
def stage(db: Database, now: datetime) -> Cast:
    with db.write() as session:
        stage = cast.play(session, now)
        for unit in (stage.a100231, stage.c90):
            session.get_one(Unit, unit.id).installed_on = PUT_UP.date()
        return stage


def tell(db: Database, unit: Unit, kind: Kind, says: State, at: datetime) -> None:
    seen = Observation(
        key=f"{unit.id}:{at}", account_id=unit.account_id, unit_id=unit.id, person_id=None,
        kind=kind, says=says, detail="", observed_at=at, source="test",
    )  # fmt: skip
    with db.write() as session:
        note(session, seen, at)


def test_each_answer_is_compared_with_the_verdict_of_just_before_it(db: Database, stage: Cast, now: datetime) -> None:
    with db.read() as session:
        units, _ = verdicts_of(session, stage.north.id, now)
    tell(db, stage.a100231, Kind.CHECK_IN_ANSWER, State.NOT_IN_USE, now)
    rebuild_calibration(db, now)
    with db.read() as session:
        found, silent = calibrated(session), silent_who_answered(session)
    (tenth,) = found.tenths
    assert tenth.predicted == pytest.approx(units[stage.a100231.id].p_used)
    assert (tenth.still.asked, tenth.still.answered, found.counted_at) == (1, 0, now)
    assert [(one.age, one.silent, one.still.asked) for one in silent] == [("5 to 10", "4 and more", 1)]
    assert silent[0].label == "aged 5 to 10, silent 4+"


def test_models_are_told_apart_and_together_and_notes_of_colleagues_are_no_answers(
    db: Database, stage: Cast, now: datetime
) -> None:
    tell(db, stage.a100231, Kind.CHECK_IN_ANSWER, State.IN_USE, now - timedelta(days=500))
    tell(db, stage.c90, Kind.HEARTBEAT, State.IN_USE, now)
    tell(db, stage.c90, Kind.STAFF_NOTE, State.NOT_IN_USE, now)
    rebuild_calibration(db, now)
    with db.read() as session:
        models = models_that_answered(session)
        assert len(models) == 2
        assert [sum(one.still.asked for one in silent_who_answered(session, model)) for model in ["", *models]] == [
            2,
            1,
            1,
        ]
        assert calibrated(session).predicted > 0.5


def test_it_is_compared_once_a_day_and_what_was_kept_before_goes(db: Database, stage: Cast, now: datetime) -> None:
    tell(db, stage.c90, Kind.HEARTBEAT, State.IN_USE, now)
    assert is_due(db, Figures.CALIBRATION, now)
    keep_calibration(db, now)
    assert not is_due(db, Figures.CALIBRATION, now)
    keep_calibration(db, now + timedelta(days=1))
    with db.read() as session:
        assert calibrated(session).still.asked == 1


def test_without_an_answer_nothing_is_kept_but_when_it_was_looked_for(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"
    keep_calibration(db, now)
    with db.read() as session:
        found = calibrated(session)
        assert (found.tenths, found.predicted, found.counted_at) == ((), 0.0, now)
        assert session.scalar(select(Unit.id).limit(1))


def test_two_do_not_compare_at_once(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"
    assert claim(db, Figures.CALIBRATION, now, older_than=now)
    with pytest.raises(Conflict, match="being compared"):
        rebuild_calibration(db, now)
