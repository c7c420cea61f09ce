"""When a digest is due, in any zone and through every change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.preferences import Frequency
from newsletter.digest.slots import HOUR, last_slot, may_be_due

WEEKLY, MONTHLY = Frequency.WEEKLY, Frequency.MONTHLY
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Pacific/Kiritimati", "UTC")


@pytest.mark.parametrize(
    ("frequency", "zone", "now", "expected"),
    [
        (WEEKLY, "Europe/Berlin", "2026-11-23T05:59Z", "2026-11-16T06:00"),
        (WEEKLY, "Europe/Berlin", "2026-11-23T06:00Z", "2026-11-23T06:00"),
        (WEEKLY, "Europe/Berlin", "2026-11-29T23:00Z", "2026-11-23T06:00"),
        (WEEKLY, "Europe/Berlin", "2026-03-30T05:00Z", "2026-03-30T05:00"),  # summer time began the day before
        (WEEKLY, "Europe/Berlin", "2026-10-26T05:59Z", "2026-10-19T05:00"),  # winter time did
        (WEEKLY, "Pacific/Auckland", "2026-11-22T18:00Z", "2026-11-22T18:00"),  # Monday there
        (WEEKLY, "Asia/Kathmandu", "2026-11-23T01:15Z", "2026-11-23T01:15"),
        (MONTHLY, "Europe/Berlin", "2026-11-30T12:00Z", "2026-11-02T06:00"),  # the 1st is a Sunday
        (MONTHLY, "Europe/Berlin", "2026-08-02T12:00Z", "2026-07-01T05:00"),  # the 1st is a Saturday
        (MONTHLY, "Europe/Berlin", "2026-08-03T05:00Z", "2026-08-03T05:00"),
        (MONTHLY, "Europe/Berlin", "2026-12-01T06:00Z", "2026-12-01T06:00"),
        (MONTHLY, "Pacific/Kiritimati", "2026-11-30T17:00Z", "2026-11-30T17:00"),  # 1 December there
        (MONTHLY, "America/New_York", "2027-01-01T11:59Z", "2026-12-01T12:00"),
        (Frequency.EACH, "UTC", "2026-11-24T00:00Z", "2026-11-23T07:00"),
    ],
)
def test_the_last_slot(frequency: Frequency, zone: str, now: str, expected: str) -> None:
    slot = last_slot(frequency, (zone,), datetime.fromisoformat(now))
    assert slot.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_of_several_zones_the_last_to_reach_the_hour_counts() -> None:
    before = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)
    zones = ("America/New_York", "America/Los_Angeles")
    assert last_slot(WEEKLY, zones, before).day == date(2026, 11, 16)
    assert last_slot(WEEKLY, zones, before + timedelta(minutes=1)).day == date(2026, 11, 23)


@given(
    st.sampled_from((WEEKLY, MONTHLY)),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 2, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
)
def test_every_slot_is_at_seven_on_a_working_day_and_the_next_is_reached_from_it(
    frequency: Frequency, zone: str, now: datetime
) -> None:
    slot = last_slot(frequency, (zone,), now)
    local = slot.at.astimezone(ZoneInfo(zone))
    assert (local.time(), local.date()) == (HOUR, slot.day)
    assert local.weekday() < 5
    assert slot.at <= now
    assert now - slot.at <= timedelta(days=35)
    assert last_slot(frequency, (zone,), slot.at) == slot
    assert last_slot(frequency, (zone,), slot.at - timedelta(seconds=1)).at < slot.at
    assert may_be_due(slot.at)
