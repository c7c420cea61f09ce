"""Which days of a series are to come."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.schedule.series import Became, Occurrence, Series, SeriesState


def next_day(series: Series, after: date, skipped: Collection[date] = ()) -> date:
    """The next day later than `after` that nobody skipped."""
    return next(day for day in series.recurrence.days(series.since, after) if day not in skipped)


def first_day(series: Series, now: datetime) -> date:
    """The first day whose time is not past."""
    yesterday = now.date() - timedelta(days=2)  # it may be the day before somewhere
    return next(day for day in series.recurrence.days(series.since, yesterday) if series.instant(day) > now)


def skipped_days(session: Session, series_id: int) -> set[date]:
    """The days that staff took out."""
    query = select(Occurrence.day).where(Occurrence.series_id == series_id, Occurrence.became == Became.SKIPPED)
    return set(session.scalars(query))


def days_ahead(series: Series, until: date, skipped: Collection[date] = ()) -> Iterator[date]:
    """The days to come up to `until`, the next one first; none where it is paused or has ended."""
    if series.state != SeriesState.ACTIVE or series.due_on is None:
        return
    day = series.due_on
    while day <= until:
        yield day
        day = next_day(series, day, skipped)
