from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.when import When, read_when
from newsletter.errors import BadTime

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2026-12-01T09:00", "Europe/Berlin", "2026-12-01T08:00Z"),
        ("2026-07-01T09:00", "Europe/Berlin", "2026-07-01T07:00Z"),
        ("2026-07-01 09:00:30", "UTC", "2026-07-01T09:00:30Z"),
        (" 2026-07-01T09:00 ", "UTC", "2026-07-01T09:00Z"),
        ("2028-02-29T09:00", "UTC", "2028-02-29T09:00Z"),
        # The hour that comes twice: the first one is meant.
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30Z"),
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30Z"),
        ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45Z"),
        # The first and the last minute beside a gap.
        ("2026-03-29T01:59", "Europe/Berlin", "2026-03-29T00:59Z"),
        ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00Z"),
        ("2026-10-04T01:59", "Australia/Lord_Howe", "2026-10-03T15:29Z"),
        ("2026-10-04T02:30", "Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ],
)
def test_a_local_time_is_one_instant(local: str, zone: str, instant: str) -> None:
    assert read_when(local, zone, NOW) == When(datetime.fromisoformat(instant), local.strip(), zone)


@pytest.mark.parametrize(
    ("local", "zone", "said"),
    [
        ("2026-12-01T09:00", "", "has no zone"),
        ("2026-12-01T09:00", "Mars/Olympus", "'Mars/Olympus' is no time zone"),
        ("2026-12-01T09:00", "localtime", "'localtime' is no time zone"),
        ("2026-12-01T09:00", "../../etc/passwd", "is no time zone"),
        ("2026-12-01T09:00", "Europe/Berlin\0", "is no time zone"),
        ("2026-12-01T09:00+01:00", "Europe/Berlin", "carries an offset"),
        ("2026-12-01T09:00Z", "Europe/Berlin", "carries an offset"),
        ("2026-01-15T12:59", "Europe/Berlin", "is in the past"),
        ("2026-01-15T13:00", "Europe/Berlin", "is in the past"),
        ("2026-03-29T02:30", "Europe/Berlin", "does not exist"),
        ("2026-03-08T02:30", "America/New_York", "does not exist"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "does not exist"),
        ("2027-02-29T09:00", "UTC", "is no time"),
        ("2026-12-01", "UTC", "has no hour"),
        ("2026-12-01T09", "UTC", "has no hour"),
        ("tomorrow", "UTC", "is no time"),
        ("", "UTC", "is no time"),
        ("\ud800", "UTC", "is no time"),
        ("9" * 1_000_000, "UTC", "is no time"),
        ("0001-01-01T00:00", "Asia/Tokyo", "out of reach"),
        ("9999-12-31T23:59", "America/New_York", "out of reach"),
    ],
)
def test_what_is_no_time_to_send_is_refused(local: str, zone: str, said: str) -> None:
    with pytest.raises(BadTime, match=said) as refusal:
        read_when(local, zone, NOW)
    assert refusal.value.hint
    assert len(refusal.value.message) < 200


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC", "", "x"])


@given(st.datetimes().map(lambda at: at.isoformat("T", "minutes")) | st.text(max_size=20), ZONES)
def test_any_time_is_later_than_now_or_refused(local: str, zone: str) -> None:
    try:
        when = read_when(local, zone, NOW)
    except BadTime:
        return
    assert when.at > NOW
    assert when.at.tzinfo is UTC
