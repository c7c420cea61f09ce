"""Limits in the words of the command line, both ways."""

import re
from datetime import date, time

from newsletter.errors import Refused
from newsletter.pace.hours import Hours
from newsletter.pace.listing import RateLine, WarmUpLine
from newsletter.pace.rule import DomainPause, Kind

NOTHING = "Nothing is set: we send as fast as the relay takes it, at any hour."
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?- ?([01]?\d|2[0-3]):([0-5]\d)")


def read_hours(quiet: str, days: str) -> Hours:
    """When we may send: not in `quiet` ("20:00-07:00"), and only on `days` ("mon-fri"). Raises Refused."""
    span = _SPAN.fullmatch(quiet.strip())
    if span is None:
        raise Refused(f"{quiet[:40]!r} are no hours.", hint="Write them as 20:00-07:00.")
    begins, ends = time(int(span[1]), int(span[2])), time(int(span[3]), int(span[4]))
    return Hours(opens=ends, closes=begins, weekdays=_read_days(days))


def _read_days(days: str) -> frozenset[int]:
    found: set[int] = set()
    for part in days.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise Refused(f"{days[:40]!r} are no days of the week.", hint="Write mon-fri, or mon,wed,fri.")
        begin, length = _DAYS.index(first), (_DAYS.index(last or first) - _DAYS.index(first)) % 7
        found |= {(begin + day) % 7 + 1 for day in range(length + 1)}
    return frozenset(found)


def tell_rate(line: RateLine) -> str:
    """One rate, and what is measured."""
    unit = "today" if line.kind is Kind.ACCOUNT else "/s now"
    measured = f"{line.measured:.0f} {unit}" if line.kind is Kind.ACCOUNT else f"{line.measured:.1f}{unit}"
    busiest = f" (most: {line.busiest})" if line.busiest else ""
    return f"{line.kind:<8} {line.name:<32} {line.rate:>10}   {measured}{busiest}"


def tell_warm_up(line: WarmUpLine) -> str:
    """How far the warm-up of a relay has come."""
    today = "over" if line.most is None else f"{line.used:,} of {line.most:,} today"
    return f"warm-up  {line.relay:<32} {f'day {line.day}':>10}   {today}, no limit from {line.enough:,} a day on"


def tell_hours(hours: Hours | None) -> list[str]:
    """Quiet hours, weekdays and closed days."""
    if hours is None:
        return []
    lines = []
    if hours.opens != hours.closes:
        lines.append(f"quiet    {hours.closes:%H:%M}-{hours.opens:%H:%M}, by the recipient's clock")
    if len(hours.weekdays) < len(_DAYS):
        lines.append(f"days     {', '.join(_DAYS[day - 1] for day in sorted(hours.weekdays))}")
    return [*lines, *(_tell_closed(day, zone) for day, zone in sorted(hours.closed))]


def _tell_closed(day: date, zone: str) -> str:
    return f"closed   {day} {zone}".rstrip()


def tell_pause(pause: DomainPause) -> str:
    """A domain to which nothing goes."""
    until = f"until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else "until somebody resumes it"
    return f"paused   {pause.domain:<32} {until}: {pause.reason}"
