"""A bulletin that goes again and again: each day once, none too late, to who has not had it; on both databases."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bulletin.source import BulletinClass
from newsletter.bulletin.write import write
from newsletter.db import Database
from newsletter.engine.jobs import Jobs
from newsletter.errors import Conflict, NewsletterError, NotFound, Refused
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.gate import Gate
from newsletter.ledger.run import Run
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.schedule.due import may_be_due
from newsletter.schedule.fire import fire_due
from newsletter.schedule.series import Became, Occurrence, Series, SeriesState
from newsletter.schedule.steer import Planned, end_series, pause_series, plan_series, resume_series, skip_day
from tests.ledger import stage
from tests.ledger.crowd import TEXT, crowd
from tests.ledger.test_waves import send_all

MONDAYS = Planned("TB-1", "every Monday", "09:00", "Europe/Berlin", grace=timedelta(hours=4))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def written(db: Database, now: datetime, people: int = 3) -> None:
    with db.write() as session:
        crowd(session, people, now)
        write(session, TEXT.format(number="TB-1"), "mara", now)


def planned(db: Database, now: datetime, plan: Planned = MONDAYS) -> int:
    written(db, now)
    return plan_series(db, plan, by="mara", now=now)


def series_of(db: Database, series: int) -> Series:
    with db.read() as session:
        return session.get_one(Series, series)


def fire(db: Database, links: Links, now: datetime, approval: tuple[BulletinClass, ...] = ()) -> list[int]:
    return fire_due(db, "engine", now, Gate(stage.SENDER, links, approval, refuse=lambda _press: None))


def days(db: Database, series: int) -> list[tuple[date, str]]:
    with db.read() as session:
        query = select(Occurrence.day, Occurrence.became).where(Occurrence.series_id == series)
        return [(day, became) for day, became in session.execute(query.order_by(Occurrence.day))]


def test_each_monday_it_goes_to_who_has_not_had_it(db: Database, links: Links, now: datetime) -> None:
    series = planned(db, now)
    first, second = at("2026-11-23T08:00"), at("2026-11-30T08:00")
    assert series_of(db, series).due_at == first
    assert fire(db, links, first - timedelta(seconds=1)) == []
    [run] = fire(db, links, first)
    assert start_due(db, "engine", first) == [run]
    assert send_all(db, first) == 3
    finish_idle(db, first)
    assert fire(db, links, first) == []
    with db.write() as session:
        newcomers = crowd(session, 2, now)
    [other] = fire(db, links, second)
    start_due(db, "engine", second)
    assert {copy.person_id for copy in stage.copies(db, other)} == set(newcomers)
    assert days(db, series) == [(date(2026, 11, 23), Became.SENT), (date(2026, 11, 30), Became.SENT)]
    assert series_of(db, series).due_on == date(2026, 12, 7)


def test_an_engine_looks_closer_only_when_a_day_has_come(db: Database, links: Links, now: datetime) -> None:
    series = planned(db, now)
    moment = at("2026-11-23T08:00")
    assert not may_be_due(db, moment - timedelta(seconds=1))
    assert may_be_due(db, moment)
    fire(db, links, moment)
    assert not may_be_due(db, moment)
    pause_series(db, series, by="mara", now=moment)
    assert not may_be_due(db, moment + timedelta(days=7))


def test_an_engine_orders_and_starts_what_a_series_has_due(
    db: Database, links: Links, now: datetime, tmp_path: Path
) -> None:
    series, moment = planned(db, now), at("2026-11-23T08:00")
    gate = Gate(stage.SENDER, links, refuse=lambda _press: None)
    jobs = Jobs(
        db, "engine", tmp_path, clock=lambda: moment, in_hand=set(), trouble=str, may_start=lambda: True, gate=gate
    )
    jobs.start_due_runs()
    assert days(db, series) == [(date(2026, 11, 23), Became.SENT)]
    assert send_all(db, moment) == 3


def test_eight_engines_at_once_order_one_run(db: Database, links: Links, now: datetime) -> None:
    planned(db, now)
    runs: list[int] = []

    def work(_number: int) -> None:
        runs.extend(fire(db, links, at("2026-11-23T08:00")))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        assert list(session.scalars(select(Run.id))) == runs
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("late", "became"),
    [
        pytest.param(timedelta(hours=4), Became.SENT, id="as late as it may be"),
        pytest.param(timedelta(hours=4, seconds=1), Became.MISSED, id="later than it may be"),
    ],
)
def test_a_day_that_no_engine_saw_is_sent_within_its_grace_or_missed_and_said(
    db: Database, links: Links, now: datetime, late: timedelta, became: Became
) -> None:
    series = planned(db, now)
    assert len(fire(db, links, at("2026-11-23T08:00") + late)) == (became is Became.SENT)
    assert days(db, series) == [(date(2026, 11, 23), became)]


def test_a_day_is_sent_in_time_where_nothing_may_be_late(db: Database, links: Links, now: datetime) -> None:
    series = planned(db, now, replace(MONDAYS, grace=timedelta(0)))
    assert len(fire(db, links, at("2026-11-23T08:00:05"))) == 1
    assert fire(db, links, at("2026-11-30T08:02")) == []
    assert [became for _, became in days(db, series)] == [Became.SENT, Became.MISSED]


def test_after_weeks_without_an_engine_all_days_are_accounted_for_and_only_one_is_sent(
    db: Database, links: Links, now: datetime
) -> None:
    series = planned(db, now)
    later = at("2026-12-14T09:00")
    runs = [run for _ in range(6) for run in fire(db, links, later)]
    assert len(runs) == 1
    assert [became for _, became in days(db, series)] == [Became.MISSED] * 3 + [Became.SENT]


def test_pause_resume_skip_and_end(db: Database, links: Links, now: datetime) -> None:
    series = planned(db, now)
    pause_series(db, series, by="mara", now=now)
    assert fire(db, links, at("2026-11-23T08:00")) == []
    resume_series(db, series, by="mara", now=at("2026-11-23T08:00"))
    assert series_of(db, series).due_on == date(2026, 11, 30)
    skip_day(db, series, date(2026, 11, 30), by="mara", now=now)
    assert series_of(db, series).due_on == date(2026, 12, 7)
    with pytest.raises(Conflict):
        skip_day(db, series, date(2026, 11, 30), by="mara", now=now)
    pause_series(db, series, by="mara", now=now)
    resume_series(db, series, by="mara", now=at("2026-11-29T08:00"))
    assert series_of(db, series).due_on == date(2026, 12, 7)  # a day that was skipped stays so
    assert fire(db, links, at("2026-11-30T08:00")) == []
    assert len(fire(db, links, at("2026-12-07T08:00"))) == 1
    end_series(db, series, by="mara", now=now)
    assert series_of(db, series).state == SeriesState.ENDED
    assert fire(db, links, at("2027-11-30T08:00")) == []
    for act in (pause_series, resume_series, end_series):
        with pytest.raises(Conflict):
            act(db, series, by="mara", now=now)
        with pytest.raises(NotFound):
            act(db, series + 1, by="mara", now=now)


def test_the_newest_version_that_was_approved_goes_and_without_one_nothing(
    db: Database, links: Links, now: datetime
) -> None:
    series = planned(db, now)
    assert fire(db, links, at("2026-11-23T08:00"), (BulletinClass.TECHNICAL,)) == []
    with db.read() as session:
        row = session.get_one(Occurrence, (series, date(2026, 11, 23)))
    assert row.became == Became.REFUSED
    assert "approved" in row.why


@pytest.mark.parametrize(
    ("plan", "local", "zone", "instants"),
    [
        ("last Sunday", "02:30", "Europe/Berlin", ["2027-03-28T01:30", "2027-04-25T00:30"]),
        ("every Sunday", "01:30", "America/New_York", ["2027-03-07T06:30", "2027-03-14T06:30", "2027-03-21T05:30"]),
        ("first Sunday", "02:15", "Australia/Lord_Howe", ["2027-03-06T15:15", "2027-04-03T15:45"]),
        ("on the 29th", "09:00", "Asia/Tokyo", ["2027-03-29T00:00", "2027-04-29T00:00"]),
    ],
)
def test_fault_13_over_a_change_of_clocks_each_day_fires_once(
    db: Database, links: Links, plan: str, local: str, zone: str, instants: list[str]
) -> None:
    start = at("2027-03-01T12:00")
    series = planned(db, start, Planned("TB-1", plan, local, zone, since="2027-03-01"))
    for instant in map(at, instants):
        assert series_of(db, series).due_at == instant
        assert fire(db, links, instant - timedelta(seconds=1)) == []
        assert len(fire(db, links, instant)) == 1
        assert fire(db, links, instant + timedelta(hours=1)) == []  # the hour comes twice, the day does not
        assert fire(db, links, instant - timedelta(hours=1)) == []  # nor does a clock that is set back bring it again


def test_each_day_may_go_in_waves_or_at_the_local_time_of_each(db: Database, links: Links, now: datetime) -> None:
    planned(db, now, Planned("TB-1", "every Monday", "09:00", "Europe/Berlin", waves="50 %, 1 h, rest"))
    [run] = fire(db, links, at("2026-11-23T08:00"))
    start_due(db, "engine", at("2026-11-23T08:00"))
    assert send_all(db, at("2026-11-23T08:00")) == 2
    theirs = Planned("TB-1", "every Tuesday", "09:00", "Europe/Berlin", is_theirs=True)
    series = plan_series(db, theirs, by="mara", now=now)
    first = series_of(db, series).due_at
    assert first == at("2026-11-23T19:00")
    [other] = fire(db, links, first)
    with db.read() as session:
        row = session.get_one(Run, other)
    assert (row.is_theirs, row.due_at, run != other) == (True, at("2026-11-24T08:00"), True)


def test_a_name_is_one_line(sqlite_db: Database, now: datetime) -> None:
    series = planned(sqlite_db, now, replace(MONDAYS, name=" Winter\n service\t"))
    assert series_of(sqlite_db, series).name == "Winter service"


@pytest.mark.parametrize(
    "wrong",
    [
        {"plan": "now and then"}, {"at": "9"}, {"at": "25:00"}, {"zone": "Mars/Olympus"}, {"since": "yesterday"},
        {"since": "0001-01-01"}, {"waves": "10 %"}, {"hours": "always"}, {"number": "TB-9"},
        {"is_theirs": True, "waves": "10 %, 1 h, rest"}, {"at": "09:00+01:00"}, {"at": "09:00:30"}, {"name": "x" * 101},
        {"name": "red \x1b[31m"},
    ],
    ids=str,
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused_and_nothing_is_written(
    sqlite_db: Database, now: datetime, wrong: dict[str, str]
) -> None:
    written(sqlite_db, now)
    words = {"number": "TB-1", "plan": "every Monday", "at": "09:00", "zone": "Europe/Berlin", **wrong}
    with pytest.raises(NewsletterError) as refusal:
        plan_series(sqlite_db, Planned(**words), by="mara", now=now)
    assert isinstance(refusal.value, Refused | NotFound)
    with sqlite_db.read() as session:
        assert session.scalars(select(Series)).all() == []
