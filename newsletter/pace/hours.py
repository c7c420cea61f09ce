"""Quiet hours and the business calendar, by the recipient's own clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_LOOK_AHEAD = timedelta(days=8)  # in which zones that have an open hour in common on working days find it
_LONGEST = 400  # days: nobody closes for longer than a year


@dataclass(frozen=True, slots=True)
class Hours:
    """When we may send: from `opens` to `closes` (wall time; over midnight where `closes` is not later) on `weekdays`.

    Equal times mean the whole day. `weekdays` are ISO numbers, 1 for Monday. `closed` holds dates with the zone they
    are closed in, "" for every zone.
    """

    opens: time = time(0)
    closes: time = time(0)
    weekdays: frozenset[int] = frozenset(range(1, 8))
    closed: frozenset[tuple[date, str]] = frozenset()

    def narrowed(self, own: "Hours") -> "Hours":
        """Only those that are in `own` too; where none would be left, or one goes over midnight, `own` gives way."""
        days = self.weekdays & own.weekdays or self.weekdays
        opens, closes = self.opens, self.closes
        if opens == closes:
            opens, closes = own.opens, own.closes
        elif opens < closes and own.opens < own.closes and max(opens, own.opens) < min(closes, own.closes):
            opens, closes = max(opens, own.opens), min(closes, own.closes)
        return Hours(opens, closes, days, self.closed)

    def is_open(self, zone: str, at: datetime) -> bool:
        """Whether we may send to that zone at `at`."""
        local = at.astimezone(ZoneInfo(zone))
        return self._is_working(local.date(), zone) and self._is_in_hours(local.time())

    def opening(self, zone: str, at: datetime) -> datetime:
        """The first instant from `at` on at which we may send to that zone.

        An opening that clocks skip, as they do one night in spring, is as much later.
        """
        if self.is_open(zone, at):
            return at
        today = at.astimezone(ZoneInfo(zone)).date()
        for days in range(_LONGEST):
            for opening in sorted(_instants(today, days, (time(0), self.opens), zone)):
                if opening > at and self.is_open(zone, opening):
                    return opening
        return at + _LONGEST * _DAY

    def common_closing(self, zones: tuple[str, ...], at: datetime) -> datetime:
        """The first instant after `at`, at which we may send to all these zones, at which we may not."""
        for days in range(_LONGEST):
            walls = (time(0), self.closes)
            ends = {end for zone in zones for end in _instants(at.astimezone(ZoneInfo(zone)).date(), days, walls, zone)}
            for end in sorted(ends):
                if end > at and self.common_opening(zones, end) > end:
                    return end
        return at + _LONGEST * _DAY

    def common_opening(self, zones: tuple[str, ...], at: datetime) -> datetime:
        """The first instant from `at` on at which we may send to all these zones.

        Where they never have an open hour in common it is the middle one's, as in the Russia of eleven zones.
        """
        instant = at
        while instant <= at + _LOOK_AHEAD:
            latest = max(self.opening(zone, instant) for zone in zones)
            if latest == instant:
                return instant
            instant = latest
        by_offset = sorted(zones, key=lambda zone: (at.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC), zone))
        return self.opening(by_offset[len(zones) // 2], at)

    def _is_working(self, day: date, zone: str) -> bool:
        return day.isoweekday() in self.weekdays and not {(day, ""), (day, zone)} & self.closed

    def _is_in_hours(self, wall: time) -> bool:
        if self.opens == self.closes:
            return True
        if self.opens < self.closes:
            return self.opens <= wall < self.closes
        return wall >= self.opens or wall < self.closes


def _instants(today: date, days: int, walls: tuple[time, ...], zone: str) -> set[datetime]:
    """When clocks of a zone show these times so many days from now.

    Both folds: where clocks go back over an opening, the hour before it comes twice, and we open twice.
    """
    tz = ZoneInfo(zone)
    shown = (datetime.combine(today + days * _DAY, wall, tz) for wall in walls)
    return {wall.replace(fold=fold).astimezone(UTC) for wall in shown for fold in (0, 1)}
