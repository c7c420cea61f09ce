"""Limits in the words of the command line, both ways."""

from datetime import date

from newsletter.pace.hours import Hours
from newsletter.pace.listing import RateLine, WarmUpLine
from newsletter.pace.rule import DomainPause, Kind
from newsletter.pace.span import DAYS, read_days, read_quiet

NOTHING = "Nothing is set: we send as fast as the relay takes it, at any hour."


def read_hours(quiet: str, days: str) -> Hours:
    """When we may send: not in `quiet` ("20:00-07:00"), and only on `days` ("mon-fri"). Raises Refused."""
    begins, ends = read_quiet(quiet)
    return Hours(opens=ends, closes=begins, weekdays=read_days(days))


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
    if len(hours.weekdays) < len(DAYS):
        lines.append(f"days     {', '.join(DAYS[day - 1] for day in sorted(hours.weekdays))}")
    return [*lines, *(_tell_closed(day, zone) for day, zone in sorted(hours.closed))]


def _tell_closed(day: date, zone: str) -> str:
    return f"closed   {day} {zone}".rstrip()


def tell_pause(pause: DomainPause) -> str:
    """A domain to which nothing goes."""
    until = f"until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else "until somebody resumes it"
    return f"paused   {pause.domain:<32} {until}: {pause.reason}"
