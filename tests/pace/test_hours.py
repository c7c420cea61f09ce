"""Quiet hours and the business calendar, in zones whose clocks jump."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.pace.hours import Hours
from newsletter.pace.zones import zones_of

DAYTIME = Hours(time(7), time(20))
WORKDAYS = Hours(time(8), time(17), frozenset(range(1, 6)))


def at(words: str, zone: str = "UTC", fold: int = 0) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("name", "hours", "zone", "now", "opens"),
    [
        ("by day", DAYTIME, "Europe/Berlin", "2026-11-21 12:00", "2026-11-21 12:00"),
        ("before seven", DAYTIME, "Europe/Berlin", "2026-11-21 06:59", "2026-11-21 07:00"),
        ("at eight in the evening", DAYTIME, "Europe/Berlin", "2026-11-21 20:00", "2026-11-22 07:00"),
        ("the night clocks go forward", DAYTIME, "Europe/Berlin", "2027-03-27 21:00", "2027-03-28 07:00"),
        ("the night clocks go back", DAYTIME, "America/New_York", "2026-10-31 21:00", "2026-11-01 07:00"),
        ("half an hour forward", DAYTIME, "Australia/Lord_Howe", "2026-10-03 21:00", "2026-10-04 07:00"),
        ("a leap day", DAYTIME, "Europe/Berlin", "2028-02-28 21:00", "2028-02-29 07:00"),
        ("after a leap day", WORKDAYS, "Europe/Berlin", "2028-02-29 17:00", "2028-03-01 08:00"),
        ("friday evening", WORKDAYS, "Europe/Berlin", "2026-11-20 17:00", "2026-11-23 08:00"),
        ("from evening to night", Hours(time(22), time(2)), "Europe/Berlin", "2026-11-21 03:00", "2026-11-21 22:00"),
        ("past midnight", Hours(time(22), time(2)), "Europe/Berlin", "2026-11-21 01:30", "2026-11-21 01:30"),
        (
            "a closed day",
            Hours(time(8), time(17), frozenset(range(1, 6)), frozenset({(date(2026, 12, 25), "")})),
            "Europe/Berlin",
            "2026-12-24 18:00",
            "2026-12-28 08:00",
        ),
        (
            "closed elsewhere",
            Hours(closed=frozenset({(date(2026, 10, 3), "Europe/Berlin")})),
            "Europe/Vienna",
            "2026-10-03 10:00",
            "2026-10-03 10:00",
        ),
        (
            "closed here",
            Hours(closed=frozenset({(date(2026, 10, 3), "Europe/Berlin")})),
            "Europe/Berlin",
            "2026-10-03 10:00",
            "2026-10-04 00:00",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and not value[:1].isdigit() and "/" not in value else "",
)
def test_sending_opens_at(name: str, hours: Hours, zone: str, now: str, opens: str) -> None:
    assert hours.opening(zone, at(now, zone)) == at(opens, zone), name


def test_an_opening_that_clocks_skip_is_as_much_later() -> None:
    early = Hours(time(2, 30), time(20))
    opening = early.opening("Europe/Berlin", at("2027-03-28 01:00", "Europe/Berlin"))
    assert opening == at("2027-03-28 03:30", "Europe/Berlin")
    assert early.is_open("Europe/Berlin", opening)


def test_an_opening_that_comes_twice_opens_twice() -> None:
    early = Hours(time(2, 30), time(20))
    assert early.opening("Europe/Berlin", at("2026-10-25 01:00", "Europe/Berlin")) == at("2026-10-25 00:30")
    second_two_oclock = at("2026-10-25 02:10", "Europe/Berlin", fold=1)
    assert early.opening("Europe/Berlin", second_two_oclock) == at("2026-10-25 01:30")


ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Kiritimati", "Africa/Cairo"]
)
ALL_HOURS = st.builds(
    Hours,
    st.times().map(lambda wall: wall.replace(second=0, microsecond=0)),
    st.times().map(lambda wall: wall.replace(second=0, microsecond=0)),
    st.frozensets(st.integers(1, 7), min_size=1),
    st.frozensets(st.tuples(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.sampled_from(["", "Europe/Berlin"]))),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside


@given(ALL_HOURS, ZONES, INSTANTS)
def test_at_the_opening_it_is_open_and_an_hour_looked_through_before_it_is_not(
    hours: Hours, zone: str, now: datetime
) -> None:
    opening = hours.opening(zone, now)
    assert opening >= now
    assert hours.is_open(zone, opening)
    # Half an hour apart, because the clocks of an opening that is skipped may show it a little before.
    quiet = [now + timedelta(minutes=30) * step for step in range(200)]
    assert not any(hours.is_open(zone, each) for each in quiet if each < opening - timedelta(hours=1))


@given(ALL_HOURS, st.lists(ZONES, min_size=1, max_size=3, unique=True).map(tuple), INSTANTS)
def test_what_is_open_stays_so_until_it_closes(hours: Hours, zones: tuple[str, ...], now: datetime) -> None:
    opening = hours.common_opening(zones, now)
    closing = hours.common_closing(zones, opening)
    assert closing > opening
    assert hours.common_opening(zones, closing) > closing or closing >= opening + timedelta(days=400)
    within = opening + (min(closing, opening + timedelta(days=3)) - opening) / 2
    assert hours.common_opening(zones, within) == within


def test_a_country_of_several_zones_is_open_when_all_are() -> None:
    zones = ("America/New_York", "America/Los_Angeles")
    assert DAYTIME.common_opening(zones, at("2026-11-21 08:00", "America/New_York")) == at("2026-11-21 15:00")


def test_zones_that_are_never_open_together_follow_the_middle_one() -> None:
    far_apart = ("Europe/Kaliningrad", "Asia/Novosibirsk", "Asia/Kamchatka")
    hours = Hours(time(9), time(12))
    assert hours.common_opening(far_apart, at("2026-11-21 00:00")) == at("2026-11-21 09:00", "Asia/Novosibirsk")


@pytest.mark.parametrize(
    ("person", "account", "country", "zones"),
    [
        ("Asia/Tokyo", "Europe/Berlin", "DE", ("Asia/Tokyo",)),
        ("", "Europe/Berlin", "US", ("Europe/Berlin",)),
        ("", "", "fr", ("Europe/Paris",)),
        ("Mars/Base", "", "", ("Etc/UTC",)),
        ("", "", "XX", ("Etc/UTC",)),
    ],
)
def test_the_clock_that_counts(person: str, account: str, country: str, zones: tuple[str, ...]) -> None:
    assert zones_of(person, account, country, "Etc/UTC") == zones


def test_a_large_country_has_all_its_zones() -> None:
    assert {"Australia/Lord_Howe", "Australia/Perth"} <= set(zones_of("", "", "AU", "UTC"))
