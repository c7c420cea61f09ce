"""When clocks somewhere show a time. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def shown_at(wall: datetime, zone: str) -> datetime:
    """When clocks of a zone show a naive time. Where it comes twice the first counts.

    One that they skip is as much later as they are moved: 02:30 becomes 03:30 (PEP 495, RFC 5545 section 3.3.5).
    """
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def theirs(wall: datetime, zones: Sequence[str], not_before: datetime) -> datetime:
    """When it is that time where somebody is of whom we know one of these zones.

    Where the time has passed on that day already, it is the same time of the next. Of several zones the middle one
    counts: whoever is farthest off gets it a few hours early or late.
    """
    zone = _middle(wall, zones)
    at = shown_at(wall, zone)
    while at < not_before:
        wall += timedelta(days=1)
        at = shown_at(wall, zone)
    return at


def _middle(wall: datetime, zones: Sequence[str]) -> str:
    by_offset = sorted(zones, key=lambda zone: (shown_at(wall, zone), zone))
    return by_offset[len(zones) // 2]
