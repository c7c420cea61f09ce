"""Fault 13: a local time that does not exist moves forward, one that comes twice is the first."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.pace.local import shown_at, theirs

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def walls(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Naive times from the first year up to the last."""
    return st.datetimes(datetime.fromisoformat(f"{first}-01-01"), datetime.fromisoformat(f"{last}-01-01"))


ZONES = st.sampled_from(sorted(available_timezones()))


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        pytest.param("2026-12-01T09:00", "Europe/Berlin", "2026-12-01T08:00Z", id="winter"),
        pytest.param("2026-07-01T09:00", "Europe/Berlin", "2026-07-01T07:00Z", id="summer"),
        pytest.param("2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:30Z", id="skipped in spring: 03:30"),
        pytest.param("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30Z", id="twice in autumn: the first"),
        pytest.param("2027-03-14T02:30", "America/New_York", "2027-03-14T07:30Z", id="skipped in New York: 03:30"),
        pytest.param("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30Z", id="twice in New York"),
        pytest.param(
            "2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45Z", id="half an hour is skipped: 02:45"
        ),
        pytest.param("2027-04-04T01:45", "Australia/Lord_Howe", "2027-04-03T14:45Z", id="half an hour comes twice"),
        pytest.param("2028-02-29T09:00", "Asia/Tokyo", "2028-02-29T00:00Z", id="leap day"),
        pytest.param("2011-12-30T09:00", "Pacific/Apia", "2011-12-30T19:00Z", id="a whole day is skipped: the next"),
    ],
)
def test_a_local_time_is_one_instant(wall: str, zone: str, instant: str) -> None:
    assert shown_at(datetime.fromisoformat(wall), zone) == datetime.fromisoformat(instant)


@given(walls(1990, 2100), ZONES)
def test_every_time_in_every_zone_is_shown_then_or_was_skipped(wall: datetime, zone: str) -> None:
    instant = shown_at(wall, zone)
    shown = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown >= wall
    assert shown - wall <= timedelta(days=1)
    if shown == wall:
        earlier = instant - timedelta(hours=3)
        moments = (earlier + timedelta(minutes=15 * step) for step in range(12))
        assert wall not in {at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in moments}


@given(walls(2020, 2040), ZONES, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_nothing_is_due_before_it_was_ordered(wall: datetime, zone: str, later: timedelta) -> None:
    ordered_at = shown_at(wall, zone) + later
    at = theirs(wall, [zone], ordered_at)
    assert ordered_at <= at <= ordered_at + timedelta(hours=26)


def test_of_several_zones_the_middle_one_counts() -> None:
    wall = datetime.fromisoformat("2026-12-01T09:00")
    american = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Pacific/Honolulu"]
    assert theirs(wall, american, LONG_AGO) == shown_at(wall, "America/Denver")
    assert theirs(wall, ["Asia/Tokyo"], LONG_AGO) == shown_at(wall, "Asia/Tokyo")
