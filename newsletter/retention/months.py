"""The months of the installed base: at which moments it is looked at. Pure."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

KEPT = 36
"""So many months are counted, all of them over."""


def month_of(at: datetime) -> date:
    """The first day of the month, in UTC."""
    return at.astimezone(UTC).date().replace(day=1)


def months_later(month: date, months: int) -> date:
    """The first day of the month so many months later, or earlier."""
    years, months = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(years, months + 1, 1)


def end_of(month: date) -> datetime:
    """The last moment of a month."""
    return datetime.combine(months_later(month, 1), time(), UTC) - timedelta(microseconds=1)


def ended_months(now: datetime) -> tuple[date, ...]:
    """The months that are counted at `now`, oldest first."""
    this = month_of(now)
    return tuple(months_later(this, -ago) for ago in range(KEPT, 0, -1))


def with_year_before(months: Iterable[date]) -> tuple[date, ...]:
    """Months together with the same ones a year earlier, oldest first."""
    asked = set(months)
    return tuple(sorted(asked | {months_later(month, -12) for month in asked}))
