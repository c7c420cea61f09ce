"""When a digest is due. Pure: a time in, the last slot out, however long nobody looked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from newsletter.audience.preferences import Frequency

HOUR = time(7)
"""On the clock of the reader."""

_SATURDAY = 5
_QUARTER = 15  # minutes; the clocks of all zones differ by such
_LOOKS = 2  # minutes of each quarter in which somebody looks


@dataclass(frozen=True, slots=True)
class Slot:
    """The instant a digest is due, and the day that is where its reader is."""

    at: datetime
    day: date


def may_be_due(now: datetime) -> bool:
    """Whether to look: a slot is on a quarter of an hour, and between two of them nothing becomes due."""
    return now.minute % _QUARTER < _LOOKS


def last_slot(frequency: Frequency, zones: tuple[str, ...], now: datetime) -> Slot:
    """The last slot that is not in the future: seven on a Monday, or on the month's first day from Monday to Friday.

    Of several zones, which is all we know of some readers, the last to reach the hour counts. Who asked for neither
    frequency, but has something left from when they did, gets it on Monday.
    """
    from_tomorrow = now.astimezone(UTC).date() + timedelta(days=1)  # it is tomorrow somewhere
    days = _first_working_days(from_tomorrow) if frequency is Frequency.MONTHLY else _mondays(from_tomorrow)
    slots = (Slot(max(_seven_oclock(day, zone) for zone in zones), day) for day in days)
    return next(slot for slot in slots if slot.at <= now)


def slot_days(frequency: Frequency, first: date, last: date) -> list[date]:
    """The days from the first to the last on which digests of this frequency are due, in order."""
    days = _first_working_days(last) if frequency is Frequency.MONTHLY else _mondays(last)
    found = takewhile(lambda day: day >= first.replace(day=1) - timedelta(days=7), days)
    return sorted(day for day in found if first <= day <= last)


def _seven_oclock(day: date, zone: str) -> datetime:
    return datetime.combine(day, HOUR, ZoneInfo(zone)).astimezone(UTC)


def _mondays(day: date) -> Iterator[date]:
    monday = day - timedelta(days=day.weekday())
    while True:
        yield monday
        monday -= timedelta(days=7)


def _first_working_days(day: date) -> Iterator[date]:
    first = day.replace(day=1)
    while True:
        yield first + timedelta(days=max(0, 7 - first.weekday()) if first.weekday() >= _SATURDAY else 0)
        first = (first - timedelta(days=1)).replace(day=1)
