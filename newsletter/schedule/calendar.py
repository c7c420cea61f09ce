"""Everything that went out or is planned to, by day: what the calendar shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from newsletter.audience.preferences import DIGESTS, Frequency, Preference
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.source import read_source
from newsletter.digest.slots import HOUR, slot_days
from newsletter.ledger.digest import Digest
from newsletter.ledger.reminding import Reminding, days_later, first_reminder, remind_of
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.wave import Wave, WaveState
from newsletter.schedule.ahead import days_ahead, skipped_days
from newsletter.schedule.series import Became, Occurrence, Series, SeriesState

_NAME = (Bulletin.number, Version.title)
_WAVES = {WaveState.OPEN: "gone", WaveState.HELD: "held", WaveState.WAITING: "to come"}
_Rows = TypeVar("_Rows", bound=Select[*tuple[Any, ...]])


class What(StrEnum):
    """What stands in the calendar."""

    RUN = "run"
    WAVE = "wave"
    CLOCKS = "clocks"  # it is time where the last readers of a run are
    SERIES = "series"
    REMINDER = "reminder"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day. `on` is the day where the house is, or where the readers are if `at` is None.

    `stands` says how it stands, in a word or two. `run_id`, `series_id` and the bulletin's `number` say where it leads.
    """

    what: What
    on: date
    at: datetime | None
    name: str
    stands: str
    words: str = ""
    run_id: int | None = None
    series_id: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last` in the zone of the house."""

    first: date
    last: date
    zone: str

    @property
    def begins(self) -> datetime:
        """The instant at which the first day begins."""
        return datetime.combine(self.first, time(0), ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        """The instant at which the last day is over."""
        return datetime.combine(self.last + timedelta(days=1), time(0), ZoneInfo(self.zone)).astimezone(UTC)

    def day(self, at: datetime) -> date:
        """The day of an instant."""
        return at.astimezone(ZoneInfo(self.zone)).date()


def calendar(session: Session, span: Span, now: datetime) -> list[Entry]:
    """What goes out in these days, in order."""
    parts = (_runs, _waves, _series, _past, _reminders, _digests)
    found = [entry for part in parts for entry in part(session, span, now)]
    kept = [entry for entry in found if span.first <= entry.on <= span.last]
    return sorted(kept, key=lambda entry: (entry.on, entry.at or datetime.min.replace(tzinfo=UTC), entry.name))


def _runs(session: Session, span: Span, _now: datetime) -> Iterator[Entry]:
    at = func.coalesce(Run.started_at, Run.due_at)
    within = at.between(span.begins, span.ends) | Run.until.between(span.begins, span.ends)
    for run, number, title in session.execute(_with_bulletin(select(Run, *_NAME)).where(within)).all():
        begins = run.started_at or run.due_at
        yield Entry(What.RUN, span.day(begins), begins, f"{number} {title}", run.state, _about(run), run.id)
        if run.until is not None:
            words = f"it is {run.due_local[-5:]} where the last readers are"
            yield Entry(What.CLOCKS, span.day(run.until), run.until, f"{number} {title}", "until", words, run.id)


def _about(run: Run) -> str:
    if run.is_theirs:
        return f"from here on, when it is {run.due_local[-5:]} where each reader is"
    if run.state == RunState.SCHEDULED and run.start_by is not None:
        hours = (run.start_by - run.due_at).total_seconds() / 3600
        return f"you are asked first if it is late by more than {hours:g} {'hour' if hours == 1 else 'hours'}"
    return ""


def _waves(session: Session, span: Span, _now: datetime) -> Iterator[Entry]:
    """Those after the first; of waves to come whose time is open yet, the earliest they can go."""
    alive = Run.state.in_((RunState.SCHEDULED, RunState.LATE, RunState.SENDING, RunState.PAUSED))
    in_time = Wave.opened_at.between(span.begins, span.ends)
    runs = select(Wave.run_id).join(Run, Run.id == Wave.run_id).where(alive | in_time)
    query = _with_bulletin(select(Wave, Run, *_NAME)).join(Wave, Wave.run_id == Run.id).where(Run.id.in_(runs))
    rows = session.execute(query.order_by(Wave.run_id, Wave.number)).all()
    at: datetime | None = None
    for wave, run, number, title in rows:
        if wave.number == 1:
            at = run.started_at or run.due_at
            continue
        is_sure = wave.opened_at or wave.due_at
        at = is_sure or (at or run.due_at) + wave.waits
        if run.state == RunState.CANCELLED and wave.state != WaveState.OPEN:
            continue
        stands = _WAVES[WaveState(wave.state)]
        words = "" if is_sure else "at the earliest"
        yield Entry(What.WAVE, span.day(at), at, f"{number} {title}, wave {wave.number}", stands, words, run.id)


def _series(session: Session, span: Span, now: datetime) -> Iterator[Entry]:
    if span.ends <= now:
        return
    number_of = func.coalesce(Bulletin.number, "")
    active = select(Series, number_of).outerjoin(Bulletin, Bulletin.id == Series.bulletin_id)
    for series, number in session.execute(active.where(Series.state == SeriesState.ACTIVE)).all():
        for day in days_ahead(series, span.last + timedelta(days=1), skipped_days(session, series.id)):
            at = series.instant(day)
            words = f"{series.plan} at {series.at}" + (" where each reader is" if series.is_theirs else "")
            name = series.name if number in series.name else f"{number} {series.name}"
            yield Entry(What.SERIES, span.day(at), at, name, "planned", words, series_id=series.id)


def _past(session: Session, span: Span, _now: datetime) -> Iterator[Entry]:
    """Days of a series that are no runs: digests, and those on which nothing was sent."""
    query = select(Occurrence, Series).join(Series, Series.id == Occurrence.series_id)
    within = Occurrence.day.between(span.first - timedelta(days=1), span.last + timedelta(days=1))
    for row, series in session.execute(query.where(within, Occurrence.run_id.is_(None))).all():
        at = series.instant(row.day)
        words = f"{row.letters:,} letters" if row.became == Became.SENT else row.why
        yield Entry(What.SERIES, span.day(at), at, series.name, row.became, words, series_id=series.id)


def _reminders(session: Session, span: Span, now: datetime) -> Iterator[Entry]:
    planned = _with_bulletin(select(Reminding, Run, *_NAME)).join(Reminding, Reminding.run_id == Run.id)
    for row, run, number, title in session.execute(planned.where(Reminding.due_at.is_not(None))).all():
        if row.due_at is not None:
            yield from _each_reminder(span, run, f"{number} {title}", row.due_at, row)
    coming = _with_bulletin(select(Version, Run, *_NAME)).where(Run.state.in_((RunState.SCHEDULED, RunState.LATE)))
    for version, run, number, title in session.execute(coming).all():
        if remind := remind_of(run, read_source(version.source)):
            due_at = first_reminder(session, run, remind, max(run.due_at, now))
            to_come = Reminding(run_id=run.id, days=remind.days, at_most=remind.at_most, number=1, due_at=due_at)
            yield from _each_reminder(span, run, f"{number} {title}", due_at, to_come)


def _each_reminder(span: Span, run: Run, name: str, at: datetime, row: Reminding) -> Iterator[Entry]:
    for number in range(row.number, row.at_most + 1):
        words = f"reminder {number} of at most {row.at_most}, to who has not acknowledged"
        yield Entry(What.REMINDER, span.day(at), at, name, "planned", words, run.id, number=name.partition(" ")[0])
        at = days_later(at, row.days, run.zone)


def _digests(session: Session, span: Span, now: datetime) -> Iterator[Entry]:
    """By the day where the readers are, for each has their own seven o'clock."""
    wished = select(Preference.frequency, func.count()).where(Preference.frequency.in_(DIGESTS))
    readers: dict[str, int] = dict(session.execute(wished.group_by(Preference.frequency)).all())
    sent = select(Digest.slot_day, func.count()).where(Digest.slot_day.between(span.first, span.last))
    for day, count in session.execute(sent.group_by(Digest.slot_day)).all():
        yield Entry(What.DIGEST, day, None, "Digests", "sent", f"{count:,} {'letter' if count == 1 else 'letters'}")
    tomorrow = max(span.first, span.day(now) + timedelta(days=1))
    for frequency in (Frequency.WEEKLY, Frequency.MONTHLY):
        if count := readers.get(frequency, 0):
            words = f"{HOUR:%H:%M} where each reader is; {count:,} asked for it"
            for day in slot_days(frequency, tomorrow, span.last):
                yield Entry(What.DIGEST, day, None, f"{frequency.capitalize()} digest", "planned", words)


def _with_bulletin(query: _Rows) -> _Rows:
    return (
        query.select_from(Run)
        .join(Version, Version.id == Run.version_id)
        .join(Bulletin, Bulletin.id == Version.bulletin_id)
    )


def months_around(day: date) -> tuple[date, date]:
    """The first days of the month before a day's and of the one after."""
    first = day.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)


def weeks_of(first: date) -> Sequence[Sequence[date]]:
    """The weeks, Monday to Sunday, that a month has days in."""
    begin = first - timedelta(days=first.weekday())
    _, after = months_around(first)
    mondays = [begin + timedelta(weeks=week) for week in range(7)]
    return [[one + timedelta(days=day) for day in range(7)] for one, _ in pairwise(mondays) if one < after]
