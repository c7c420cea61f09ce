"""The calendar has everything that went out or is planned, on the day on which it is where the house is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from newsletter.audience.preferences import Frequency, Preference
from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import When, read_theirs, read_when
from newsletter.db import Database
from newsletter.ledger.control import cancel
from newsletter.ledger.gate import Gate
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.schedule.calendar import Entry, Span, What, calendar, months_around, weeks_of
from newsletter.schedule.fire import fire_due
from newsletter.schedule.steer import Planned, plan_series, skip_day
from tests.ledger import stage
from tests.ledger.crowd import TEXT, crowd

ZONE = "Europe/Berlin"
NOVEMBER = Span(date(2026, 11, 1), date(2026, 11, 30), ZONE)
DECEMBER = Span(date(2026, 12, 1), date(2026, 12, 31), ZONE)


def shown(db: Database, span: Span, now: datetime) -> list[Entry]:
    with db.read() as session:
        return calendar(session, span, now)


def told(db: Database, span: Span, now: datetime) -> list[tuple[str, str, str]]:
    return [(f"{entry.on:%m-%d}", entry.what, entry.stands) for entry in shown(db, span, now)]


def ordered(db: Database, links: Links, when: When, now: datetime, *, more: str = "") -> int:
    with db.write() as session:
        crowd(session, 4, now)
    text = TEXT.format(number="TB-1").replace("language: en", f"{more}language: en")
    return stage.desk(db, links).order(text, topic="", when=when, author="mara", now=now).run or 0


def test_a_run_stands_on_its_day_in_the_zone_of_the_house(db: Database, links: Links, now: datetime) -> None:
    ordered(db, links, read_when("2026-12-01T00:30", ZONE, now, timedelta(hours=2)), now)  # 23:30 UTC, the day before
    [entry] = shown(db, DECEMBER, now)
    assert (entry.on, entry.what, entry.stands) == (date(2026, 12, 1), What.RUN, "scheduled")
    assert "asked first if it is late by more than 2 hours" in entry.words
    assert shown(db, NOVEMBER, now) == []


def test_waves_to_come_stand_where_they_can_go_at_the_earliest(db: Database, links: Links, now: datetime) -> None:
    plan = read_waves("25 %, 1 d, 25 %, 2 d, rest")
    run = ordered(db, links, When(now, waves=plan), now)
    three = [("11-21", "run", "scheduled"), ("11-22", "wave", "to come"), ("11-24", "wave", "to come")]
    assert told(db, NOVEMBER, now) == three
    start_due(db, "engine", now)
    assert [entry.words for entry in shown(db, NOVEMBER, now)] == ["", "at the earliest", "at the earliest"]
    cancel(db, run, "mara", now)
    assert told(db, NOVEMBER, now) == [("11-21", "run", "cancelled")]


def test_at_the_local_time_of_each_both_ends_stand_there(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        crowd(session, 1, now, zone="Pacific/Auckland")
        crowd(session, 1, now, zone="Pacific/Honolulu")
    ordered(db, links, read_theirs("2026-12-01T06:00", ZONE, now), now)
    assert told(db, Span(date(2026, 11, 30), date(2026, 12, 2), ZONE), now) == [
        ("11-30", "run", "scheduled"),
        ("12-01", "clocks", "until"),
    ]


def test_days_of_a_series_to_come_and_those_on_which_nothing_went(db: Database, links: Links, now: datetime) -> None:
    ordered(db, links, When(now), now)
    series = plan_series(db, Planned("TB-1", "every Monday", "09:00", ZONE), by="mara", now=now)
    skip_day(db, series, date(2026, 11, 23), by="mara", now=now)
    mondays = [("12-07", "series", "planned"), ("12-14", "series", "planned")]
    assert told(db, DECEMBER, now)[:2] == mondays
    assert told(db, NOVEMBER, now)[1:] == [("11-23", "series", "skipped"), ("11-30", "series", "planned")]
    later = datetime(2026, 12, 3, tzinfo=UTC)
    fire_due(db, "engine", later, Gate(stage.SENDER, links, refuse=lambda _press: None))
    assert told(db, NOVEMBER, later)[1:] == [("11-23", "series", "skipped"), ("11-30", "series", "missed")]


@pytest.mark.parametrize("is_started", [False, True])
def test_reminders_stand_there_before_and_after_the_run_has_started(
    db: Database,
    links: Links,
    now: datetime,
    is_started: bool,  # noqa: FBT001 - a case of the table
) -> None:
    with db.write() as session:
        crowd(session, 1, now)
    text = TEXT.format(number="SB-1").replace(
        "class: technical", "class: safety\nmodels: VX-500\nremind: every 7 days, at most 2"
    )
    stage.desk(db, links).order(text, topic="", when=When(now), author="mara", now=now)
    if is_started:
        start_due(db, "engine", now)
    _, *entries = shown(db, Span(date(2026, 11, 1), date(2026, 12, 31), ZONE), now)
    assert [(entry.on, entry.what) for entry in entries] == [
        (date(2026, 11, 28), What.REMINDER),
        (date(2026, 12, 5), What.REMINDER),
    ]
    assert entries[0].number == "SB-1"
    assert "reminder 1 of at most 2" in entries[0].words


def test_reminders_are_counted_from_the_last_wave(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        crowd(session, 4, now)
    asks = "class: safety\nmodels: VX-500\nremind: every 7 days, at most 1"
    text = TEXT.format(number="SB-1").replace("class: technical", asks)
    when = When(now, waves=read_waves("50 %, 3 d, rest"))
    stage.desk(db, links).order(text, topic="", when=when, author="mara", now=now)
    for is_started in (False, True):
        if is_started:
            start_due(db, "engine", now)
        *_, reminder = shown(db, Span(date(2026, 11, 1), date(2026, 12, 31), ZONE), now)
        assert (reminder.what, reminder.on) == (What.REMINDER, date(2026, 12, 1))


def test_digests_stand_there_where_somebody_asked_for_them(db: Database, now: datetime) -> None:
    with db.write() as session:
        one, other, third = crowd(session, 3, now)
        for person, frequency in ((one, Frequency.WEEKLY), (other, Frequency.WEEKLY), (third, Frequency.MONTHLY)):
            session.add(Preference(person_id=person, frequency=frequency))
    days = [(f"{entry.on:%d}", entry.name, entry.words) for entry in shown(db, DECEMBER, now)]
    assert [day for day, name, _ in days if name == "Weekly digest"] == ["07", "14", "21", "28"]
    assert [day for day, name, _ in days if name == "Monthly digest"] == ["01"]
    assert days[0][2] == "07:00 where each reader is; 1 asked for it"


def test_months_and_weeks() -> None:
    assert months_around(date(2026, 12, 1)) == (date(2026, 11, 1), date(2027, 1, 1))
    assert months_around(date(2027, 1, 31)) == (date(2026, 12, 1), date(2027, 2, 1))
    weeks = weeks_of(date(2027, 2, 1))
    assert (len(weeks), weeks[0][0], weeks[-1][-1]) == (4, date(2027, 2, 1), date(2027, 2, 28))
    assert len(weeks_of(date(2026, 8, 1))) == 6
