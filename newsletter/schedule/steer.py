"""What staff do to a series: plan it, pause it, let it go on, skip its next day, end it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.waves import in_words as waves_in_words
from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import GRACE
from newsletter.bulletin.write import newest_of
from newsletter.clock import known_zones
from newsletter.db import Database
from newsletter.errors import BadTime, Conflict, NotFound, Refused
from newsletter.pace.span import in_words as hours_in_words
from newsletter.pace.span import read_open
from newsletter.schedule.ahead import first_day, next_day, skipped_days
from newsletter.schedule.recurrence import in_words, read_recurrence
from newsletter.schedule.series import Became, Kind, Occurrence, Series, SeriesState
from newsletter.staff.audit import AuditEntry

LONGEST_NAME = 100  # characters


@dataclass(frozen=True, slots=True)
class Planned:
    """A series as somebody asks for it, in words: of the bulletin `number`, or with `topics` (keys) a digest of these.

    An empty `since` is today; without a name it is called after what goes.
    """

    number: str
    plan: str
    at: str
    zone: str
    name: str = ""
    since: str = ""
    is_theirs: bool = False
    waves: str = ""
    hours: str = ""
    grace: timedelta = GRACE
    topics: tuple[str, ...] = ()


def plan_series(db: Database, planned: Planned, *, by: str, now: datetime) -> int:
    """Send a bulletin, or a digest, again and again; the id of the series. Raises BadTime, Refused, and NotFound."""
    series = _read(planned, by, now)
    with db.write() as session:
        if series.kind == Kind.REPEAT:
            series.bulletin_id = newest_of(session, planned.number).bulletin_id
        for key in planned.topics:
            need_topic(session, key)
        session.add(series)
        series.go_to(first_day(series, now))
        session.flush()
        _note(session, by, f"plan {series.plan} at {series.at}", series.id, now)
        return series.id


def pause_series(db: Database, series_id: int, *, by: str, now: datetime) -> None:
    """Send nothing for now; days that pass meanwhile are not made up for. Raises Conflict, NotFound."""
    _change(db, series_id, (SeriesState.ACTIVE,), by, now, "pause", _pause)


def resume_series(db: Database, series_id: int, *, by: str, now: datetime) -> None:
    """Go on with the first day to come. Raises Conflict where it is not paused, NotFound."""

    def go_on(session: Session, series: Series) -> None:
        series.state = SeriesState.ACTIVE
        day, skipped = first_day(series, now), skipped_days(session, series_id)
        series.go_to(next_day(series, day, skipped) if day in skipped else day)

    _change(db, series_id, (SeriesState.PAUSED,), by, now, "resume", go_on)


def skip_day(db: Database, series_id: int, day: date, *, by: str, now: datetime) -> None:
    """Leave out the day to come. Raises Conflict where another one is next by now, NotFound."""

    def skip(session: Session, series: Series) -> None:
        if series.due_on != day:
            raise Conflict(f"{day} is not the next day of this series.", hint="Nothing was changed.")
        row = {"series_id": series_id, "day": day, "became": Became.SKIPPED, "by": by, "decided_at": now}
        session.add(Occurrence(**row))
        session.flush()
        series.go_to(next_day(series, day, skipped_days(session, series_id)))

    _change(db, series_id, (SeriesState.ACTIVE,), by, now, f"skip {day}", skip)


def end_series(db: Database, series_id: int, *, by: str, now: datetime) -> None:
    """Send nothing of it any more; runs under way go on. Raises Conflict where it has ended, NotFound."""

    def end(_session: Session, series: Series) -> None:
        series.state = SeriesState.ENDED
        series.go_to(None)

    _change(db, series_id, (SeriesState.ACTIVE, SeriesState.PAUSED), by, now, "end", end)


def _pause(_session: Session, series: Series) -> None:
    series.state = SeriesState.PAUSED
    series.go_to(None)


def _read(planned: Planned, by: str, now: datetime) -> Series:
    if planned.zone not in known_zones():
        raise BadTime(f"{planned.zone[:40]!r} is no time zone.", hint="Write a zone such as Europe/Berlin.")
    if planned.is_theirs and planned.waves:
        raise BadTime("Waves and the local time of each person do not go together.", hint="Choose one of them.")
    if planned.topics and (planned.number or planned.is_theirs or planned.waves or planned.hours):
        raise BadTime(
            "A digest of topics is one letter for each person: no bulletin, waves, hours or local time.",
            hint="Choose either a bulletin or topics.",
        )
    recurrence, topics = read_recurrence(planned.plan), tuple(dict.fromkeys(planned.topics))
    today = now.astimezone(ZoneInfo(planned.zone)).date()
    return Series(
        kind=Kind.DIGEST if topics else Kind.REPEAT,
        topics=",".join(topics),
        name=_name(planned.name) or planned.number or f"Digest of {', '.join(topics)}",
        plan=in_words(recurrence),
        at=_time(planned.at),
        zone=planned.zone,
        is_theirs=planned.is_theirs,
        waves=waves_in_words(read_waves(planned.waves)),
        hours=hours_in_words(read_open(planned.hours)) if planned.hours.strip() else "",
        grace=int(planned.grace.total_seconds()),
        since=_day(planned.since) if planned.since.strip() else today,
        author=by,
        created_at=now,
        state=SeriesState.ACTIVE,
    )


def _name(words: str) -> str:
    name = " ".join(words.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused("This cannot be the name of a series.", hint=f"One line of up to {LONGEST_NAME} characters.")
    return name


def _time(words: str) -> str:
    try:
        at = time.fromisoformat(words.strip())
    except ValueError:
        at = None
    if at is None or ":" not in words or at.tzinfo is not None or at.second or at.microsecond:
        raise BadTime(f"{words[:40]!r} is no time of day.", hint="Write it as 09:00.")
    return f"{at:%H:%M}"


def _day(words: str) -> date:
    try:
        day = date.fromisoformat(words.strip())
    except ValueError:
        raise BadTime(f"{words[:40]!r} is no day.", hint="Write it as 2026-12-01.") from None
    if not 2000 <= day.year <= 2200:
        raise BadTime(f"{words[:40]!r} is out of reach.", hint="Choose a year somebody will see.")
    return day


def _change(
    db: Database,
    series_id: int,
    origins: tuple[SeriesState, ...],
    by: str,
    now: datetime,
    act: str,
    change: Callable[[Session, Series], None],
) -> None:
    with db.write() as session:
        series = need_series(session, series_id)
        if series.state not in origins:
            raise Conflict(f"The series {series.name!r} is {series.state}.", hint="Nothing was changed.")
        change(session, series)
        _note(session, by, act, series_id, now)


def need_topic(session: Session, key: str) -> Topic:
    """The topic of a key. Raises NotFound."""
    topic = session.scalar(select(Topic).where(Topic.key == key))
    if topic is None:
        raise NotFound(f"There is no topic {key!r}.", hint="Choose one of the list.")
    return topic


def need_series(session: Session, series_id: int) -> Series:
    """A series, which nobody else changes before the transaction ends. Raises NotFound."""
    series = session.scalar(select(Series).where(Series.id == series_id).with_for_update())
    if series is None:
        raise NotFound(f"There is no series {series_id}.", hint="The calendar lists all of them.")
    return series


def _note(session: Session, by: str, act: str, series_id: int, now: datetime) -> None:
    session.add(AuditEntry(at=now, who=by, act=act, subject=f"series {series_id}"))
