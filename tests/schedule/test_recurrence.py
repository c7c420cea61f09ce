"""Days that come again, and the instants they are; fault 13: DST gap and overlap, leap day."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadTime
from newsletter.pace.local import shown_at
from newsletter.schedule.recurrence import LAST, Recurrence, in_words, read_recurrence

SINCE = date(2026, 11, 21)  # a Saturday


def first(words: str, number: int, since: date = SINCE) -> list[str]:
    days = read_recurrence(words).days(since, since - timedelta(days=1))
    return [day.isoformat() for day in islice(days, number)]


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("every Monday", ["2026-11-23", "2026-11-30", "2026-12-07"]),
        ("every Monday and Thursday", ["2026-11-23", "2026-11-26", "2026-11-30"]),
        ("every 2 weeks on Monday", ["2026-11-30", "2026-12-14", "2026-12-28"]),
        ("every first Tuesday", ["2026-12-01", "2027-01-05", "2027-02-02"]),
        ("the last Friday of the month", ["2026-11-27", "2026-12-25", "2027-01-29"]),
        ("on the 1st", ["2026-12-01", "2027-01-01", "2027-02-01"]),
        ("on the 31st", ["2026-11-30", "2026-12-31", "2027-01-31"]),
        ("every 3 months on the 15th", ["2027-02-15", "2027-05-15", "2027-08-15"]),
        ("every month on the last day", ["2026-11-30", "2026-12-31", "2027-01-31"]),
        ("every 2 months on the second Wednesday", ["2027-01-13", "2027-03-10", "2027-05-12"]),
    ],
)
def test_a_plan_gives_the_days_it_says(words: str, days: list[str]) -> None:
    assert first(words, 3) == days


def test_the_29th_of_february_comes_in_a_leap_year_and_is_the_28th_in_others() -> None:
    assert first("on the 29th", 4, date(2028, 1, 30)) == ["2028-02-29", "2028-03-29", "2028-04-29", "2028-05-29"]
    assert first("on the 29th", 1, date(2027, 1, 30)) == ["2027-02-28"]


@pytest.mark.parametrize(
    "words",
    [
        "", "sometimes", "every", "every fifth Monday", "on the 0th", "on the 32nd", "every 0 weeks on Monday",
        "every 53 weeks on Monday", "every 2 months on Monday", "every 2 weeks on the first Monday", "Monday\0",
        "every 99999999999999999999 weeks on Monday", "every 2 weeks", "first",
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_in_words(words: str) -> None:
    with pytest.raises(BadTime) as refusal:
        read_recurrence(words)
    assert "Write" in refusal.value.hint


WEEKDAY = st.integers(1, 7)
PLANS = st.one_of(
    st.builds(
        lambda interval, days: Recurrence(interval, tuple(sorted(days))),
        st.integers(1, 52),
        st.sets(WEEKDAY, min_size=1),
    ),
    st.builds(
        lambda interval, day, nth: Recurrence(interval, (day,), nth=nth),
        st.integers(1, 52),
        WEEKDAY,
        st.sampled_from([1, 2, 3, 4, LAST]),
    ),
    st.builds(
        lambda interval, day: Recurrence(interval, month_day=day),
        st.integers(1, 52),
        st.one_of(st.integers(1, 31), st.just(LAST)),
    ),
)
DAYS = st.dates(date(2020, 1, 1), date(2060, 1, 1))


@given(PLANS)
def test_a_plan_said_and_read_again_is_the_same(plan: Recurrence) -> None:
    assert read_recurrence(in_words(plan)) == plan


@given(PLANS, DAYS, st.integers(0, 3000))
def test_days_rise_are_as_the_plan_says_and_do_not_depend_on_where_one_looks_from(
    plan: Recurrence, since: date, later: int
) -> None:
    after = since + timedelta(days=later)
    found = list(islice(plan.days(since, after), 5))
    assert all(day > after for day in found)
    assert all(one < other for one, other in pairwise(found))
    assert list(islice(plan.days(since, found[1]), 3)) == found[2:]
    if plan.weekdays:
        assert {day.isoweekday() for day in found} <= set(plan.weekdays)
    if plan.nth:
        same = timedelta(weeks=1)
        assert all((day + same).month != day.month for day in found) or plan.nth != LAST
        assert all((day.day - 1) // 7 + 1 == plan.nth for day in found) or plan.nth == LAST


@given(PLANS, DAYS, st.times(), st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]))
def test_fault_13_each_day_is_one_instant_and_they_rise(plan: Recurrence, since: date, at: time, zone: str) -> None:
    wall = at.replace(second=0, microsecond=0, tzinfo=None, fold=0)
    instants = [shown_at(datetime.combine(day, wall), zone) for day in islice(plan.days(since, since), 6)]
    assert all(one < other for one, other in pairwise(instants))


@pytest.mark.parametrize(
    ("words", "since", "at", "instants"),
    [
        ("last Sunday", date(2027, 3, 1), "02:30", ["2027-03-28T01:30", "2027-04-25T00:30"]),  # skipped: 03:30
        ("last Sunday", date(2027, 10, 1), "02:30", ["2027-10-31T00:30", "2027-11-28T01:30"]),  # twice: the first
        ("every Sunday", date(2027, 3, 20), "09:00", ["2027-03-21T08:00", "2027-03-28T07:00"]),
    ],
)
def test_fault_13_a_series_over_a_change_of_clocks(words: str, since: date, at: str, instants: list[str]) -> None:
    days = islice(read_recurrence(words).days(since, since), 2)
    found = [shown_at(datetime.combine(day, time.fromisoformat(at)), "Europe/Berlin") for day in days]
    assert found == [datetime.fromisoformat(instant).replace(tzinfo=UTC) for instant in instants]
