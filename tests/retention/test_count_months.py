"""The installed base month by month, from what was known at the end of each."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.retention.count_months import count_months
from newsletter.retention.keep_months import keep_months, rebuild_months
from newsletter.retention.months import KEPT, ended_months
from newsletter.retention.reckoning import Figures, Reckoning, claim, is_due, reckoned_at
from newsletter.retention.verdict_month import Side, VerdictMonth
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State
from tests import cast
from tests.cast import Cast

Cells = dict[tuple[date, str], int]
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)


@pytest.fixture
def stage(db: Database, now: datetime) -> Cast:
    with db.write() as session:
        return cast.play(session, now)


def tell(db: Database, unit: Unit, says: State, at: datetime, *, detail: str = "", now: datetime | None = None) -> None:
    seen = Observation(
        key=f"{unit.id}:{at}:{says}",
        account_id=unit.account_id,
        unit_id=unit.id,
        person_id=None,
        kind=Kind.CHECK_IN_ANSWER,
        says=says,
        detail=detail,
        observed_at=at,
        source="test",
    )
    with db.write() as session:
        note(session, seen, now or at)


def cells(db: Database, side: Side = Side.ALL, value: str = "") -> Cells:
    """Machines by month and verdict."""
    found: Cells = {}
    with db.read() as session:
        query = select(VerdictMonth).where(VerdictMonth.side == side, VerdictMonth.value == value)
        for row in session.scalars(query):
            found[row.month, row.state] = found.get((row.month, row.state), 0) + row.machines
    return found


def test_each_month_knows_what_was_known_at_its_end_and_nothing_later(db: Database, stage: Cast, now: datetime) -> None:
    tell(db, stage.a100231, State.IN_USE, datetime(2026, 8, 15, tzinfo=UTC))
    tell(db, stage.a100231, State.NOT_IN_USE, datetime(2026, 9, 30, 23, 59, tzinfo=UTC), detail="scrapped")
    tell(db, stage.c90, State.IN_USE, datetime(2026, 10, 1, tzinfo=UTC))
    assert count_months(db, [AUGUST, SEPTEMBER, OCTOBER], now) == 6
    assert cells(db) == {
        (AUGUST, State.IN_USE): 1,
        (AUGUST, State.UNKNOWN): 5,
        (SEPTEMBER, State.NOT_IN_USE): 1,
        (SEPTEMBER, State.UNKNOWN): 5,
        (OCTOBER, State.NOT_IN_USE): 1,
        (OCTOBER, State.IN_USE): 1,
        (OCTOBER, State.UNKNOWN): 4,
    }


def test_a_machine_counts_from_the_month_in_which_it_was_put_up(db: Database, stage: Cast, now: datetime) -> None:
    with db.write() as session:
        session.execute(update(Unit).where(Unit.id == stage.c90.id).values(installed_on=date(2026, 9, 1)))
    count_months(db, [AUGUST, SEPTEMBER], now)
    assert cells(db) == {(AUGUST, State.UNKNOWN): 5, (SEPTEMBER, State.UNKNOWN): 6}


def test_the_base_is_parted_by_model_country_and_owner(db: Database, stage: Cast, now: datetime) -> None:
    with db.write() as session:
        session.execute(update(Account).where(Account.id == stage.north.id).values(owner="south@vendor.example"))
    count_months(db, [OCTOBER], now)
    assert cells(db, Side.PRODUCT, "CT-7") == {(OCTOBER, State.UNKNOWN): 2}
    assert cells(db, Side.COUNTRY, "DE") == {(OCTOBER, State.UNKNOWN): 4}
    assert cells(db, Side.COUNTRY, "") == {(OCTOBER, State.UNKNOWN): 1}
    assert cells(db, Side.OWNER, "south@vendor.example") == {(OCTOBER, State.UNKNOWN): 3}
    assert stage.north.number == "K1"


def test_what_a_machine_was_a_year_before_stands_beside(db: Database, stage: Cast, now: datetime) -> None:
    tell(db, stage.a100231, State.IN_USE, datetime(2025, 10, 3, tzinfo=UTC))
    tell(db, stage.a100231, State.NOT_IN_USE, datetime(2026, 10, 3, tzinfo=UTC), detail="sold")
    count_months(db, [OCTOBER], now)
    with db.read() as session:
        rows = session.scalars(select(VerdictMonth).where(VerdictMonth.side == Side.ALL)).all()
    assert {(row.before, row.state): row.machines for row in rows} == {
        (State.IN_USE, State.NOT_IN_USE): 1,
        (State.UNKNOWN, State.UNKNOWN): 5,
    }


def test_what_was_taken_back_counts_until_then(db: Database, stage: Cast, now: datetime) -> None:
    said = datetime(2026, 8, 15, tzinfo=UTC)
    tell(db, stage.a100231, State.NOT_IN_USE, said, detail="scrapped")
    taken_back = Observation(
        key="again",
        account_id=stage.north.id,
        unit_id=stage.a100231.id,
        person_id=None,
        kind=Kind.CHECK_IN_ANSWER,
        says=None,
        detail="restored",
        observed_at=datetime(2026, 9, 2, tzinfo=UTC),
        source="test",
        supersedes=f"{stage.a100231.id}:{said}:{State.NOT_IN_USE}",
    )
    with db.write() as session:
        note(session, taken_back, now)
    count_months(db, [AUGUST, SEPTEMBER], now)
    assert cells(db)[AUGUST, State.NOT_IN_USE] == 1
    assert cells(db)[SEPTEMBER, State.UNKNOWN] == 6


def test_counting_again_changes_nothing(db: Database, stage: Cast, now: datetime) -> None:
    tell(db, stage.c90, State.IN_USE, datetime(2026, 8, 15, tzinfo=UTC))
    count_months(db, [AUGUST, OCTOBER], now)
    once = cells(db)
    count_months(db, [AUGUST, OCTOBER], now)
    assert cells(db) == once


def test_the_bell_counts_once_a_day_and_all_months_the_first_time(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"
    assert is_due(db, Figures.MONTHS, now)
    keep_months(db, now)
    assert sorted({month for month, _ in cells(db)}) == list(ended_months(now))
    assert len(ended_months(now)) == KEPT
    assert not is_due(db, Figures.MONTHS, now + timedelta(hours=2))
    assert is_due(db, Figures.MONTHS, now + timedelta(days=1))


def test_a_house_without_machines_waits_for_them(db: Database, now: datetime) -> None:
    assert not is_due(db, Figures.MONTHS, now)
    with db.write() as session:
        cast.play(session, now)
    assert is_due(db, Figures.MONTHS, now + timedelta(minutes=1))


def test_after_months_without_an_engine_what_is_missing_follows(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"
    keep_months(db, now)
    later = datetime(2027, 2, 3, tzinfo=UTC)
    keep_months(db, later)
    assert {date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)} <= {month for month, _ in cells(db)}
    with db.read() as session:
        assert reckoned_at(session, Figures.MONTHS) == later


def test_what_is_learned_late_of_a_month_changes_it_the_next_day(db: Database, stage: Cast, now: datetime) -> None:
    keep_months(db, now)
    assert (SEPTEMBER, State.IN_USE) not in cells(db)
    tell(db, stage.c90, State.IN_USE, datetime(2026, 9, 12, tzinfo=UTC), now=now + timedelta(hours=1))
    keep_months(db, now + timedelta(days=1))
    assert cells(db)[SEPTEMBER, State.IN_USE] == cells(db)[OCTOBER, State.IN_USE] == 1
    assert (AUGUST, State.IN_USE) not in cells(db)


def test_on_a_day_on_which_nothing_was_learned_nothing_is_counted(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"
    keep_months(db, now)
    with db.write() as session:
        session.execute(update(VerdictMonth).values(state="as it was"))
    keep_months(db, now + timedelta(days=1))
    assert {state for _, state in cells(db)} == {"as it was"}
    assert not is_due(db, Figures.MONTHS, now + timedelta(days=1, hours=1))


def test_a_base_that_changed_is_counted_anew(db: Database, stage: Cast, now: datetime) -> None:
    keep_months(db, now)
    with db.write() as session:
        session.execute(delete(Unit).where(Unit.id == stage.c90.id))
    keep_months(db, now + timedelta(days=1))
    assert set(cells(db).values()) == {5}


def test_of_several_engines_one_counts_until_it_is_taken_for_dead(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"
    assert claim(db, Figures.MONTHS, now, older_than=now)
    assert not claim(db, Figures.MONTHS, now, older_than=now)
    with pytest.raises(Conflict):
        rebuild_months(db, now)
    keep_months(db, now)
    assert cells(db) == {}
    keep_months(db, now + timedelta(hours=3))
    assert len({month for month, _ in cells(db)}) == KEPT


def test_who_fails_lets_somebody_else_count(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE verdict_month RENAME TO verdict_month_away")
    with pytest.raises(Exception, match="verdict_month"):
        keep_months(db, now)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE verdict_month_away RENAME TO verdict_month")
    with db.read() as session:
        row = session.get_one(Reckoning, Figures.MONTHS.value)
        assert (row.claimed_at, row.reckoned_at) == (None, None)
    assert rebuild_months(db, now) == 6
