"""Series as pages and the command line show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Bulletin
from newsletter.errors import NotFound
from newsletter.schedule.ahead import days_ahead, skipped_days
from newsletter.schedule.series import Became, Occurrence, Series, SeriesState

_AHEAD, _PAST = 8, 20  # days shown


@dataclass(frozen=True, slots=True)
class Listed:
    """One series in a list. `due_at` is None where nothing is to come; of a digest `number` is empty."""

    id: int
    name: str
    number: str
    topics: str
    plan: str
    at: str
    zone: str
    is_theirs: bool
    waves: str
    hours: str
    state: SeriesState
    due_at: datetime | None
    author: str


@dataclass(frozen=True, slots=True)
class Past:
    """What became of one day."""

    day: date
    became: Became
    run_id: int | None
    letters: int
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class OneSeries:
    """One series with its next days (each with its instant), and what became of the last ones, newest first."""

    series: Listed
    grace_hours: float
    ahead: Sequence[tuple[date, datetime]]
    past: Sequence[Past]


def series_listed(session: Session) -> list[Listed]:
    """All series: what comes next first, then those that are paused, then those that have ended."""
    query = _with_number()
    found = [_listed(series, number) for series, number in session.execute(query.order_by(Series.id))]
    order = list(SeriesState)
    return sorted(found, key=lambda one: (order.index(one.state), one.due_at.timestamp() if one.due_at else 0))


def one_series(session: Session, series_id: int) -> OneSeries:
    """One series. Raises NotFound."""
    query = _with_number()
    row = session.execute(query.where(Series.id == series_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no series {series_id}.", hint="The list of series has all of them.")
    series, number = row
    days = islice(days_ahead(series, date.max, skipped_days(session, series_id)), _AHEAD)
    decided = select(Occurrence).where(Occurrence.series_id == series_id).order_by(Occurrence.day.desc()).limit(_PAST)
    past = [
        Past(one.day, Became(one.became), one.run_id, one.letters, one.why, one.by) for one in session.scalars(decided)
    ]
    ahead = [(day, series.instant(day)) for day in days]
    return OneSeries(_listed(series, number), series.grace / 3600, ahead, past)


def _with_number() -> Select[Series, str]:
    number = func.coalesce(Bulletin.number, "")
    return select(Series, number).outerjoin(Bulletin, Bulletin.id == Series.bulletin_id)


def _listed(series: Series, number: str) -> Listed:
    return Listed(
        series.id,
        series.name,
        number,
        series.topics,
        series.plan,
        series.at,
        series.zone,
        series.is_theirs,
        series.waves,
        series.hours,
        SeriesState(series.state),
        series.due_at,
        series.author,
    )
