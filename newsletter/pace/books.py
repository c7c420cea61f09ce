"""Locking what engines share, and writing it back, in one order, so that no two engines wait for each other."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import Table, bindparam, select, text, update
from sqlalchemy.orm import Session

from newsletter.pace.meter import DayCount, Meter
from newsletter.pace.rate import Rate
from newsletter.pace.tick import Tick
from newsletter.pace.timeline import SECOND, Timeline

_LONG_AGO = -(2**62)
_METER: Table = Meter.metadata.tables[Meter.__tablename__]
_COUNT: Table = DayCount.metadata.tables[DayCount.__tablename__]
_NEW_METER = text(
    "INSERT INTO meter (key, last, step, holes, since, counted, before)"
    " VALUES (:key, :last, 0, '[]', :last, 0, 0) ON CONFLICT DO NOTHING"
)
_NEW_COUNT = text("INSERT INTO day_count (key, day, count) VALUES (:key, :day, 0) ON CONFLICT DO NOTHING")
_NEW_COUNT = _NEW_COUNT.bindparams(bindparam("day", type_=_COUNT.c.day.type))


class Measured(NamedTuple):
    """Copies let through since `since`, and in the span before it (`span_of`)."""

    since: int
    counted: int
    before: int

    def and_now(self, given: int, now: int, span: int) -> "Measured":
        """With so many more."""
        if not 0 <= now - self.since < 2 * span:
            return Measured(now, given, 0)
        if now - self.since >= span:
            return Measured(self.since + span, given, self.counted)
        return Measured(self.since, self.counted + given, self.before)

    def per_second(self, now: int, span: int) -> float:
        """Over the last span."""
        since, counted, before = self.and_now(0, now, span)
        return (counted + before * (1 - (now - since) / span)) * SECOND / span

    def recent(self, now: int, span: int) -> float:
        """Copies a second, without waiting for a whole span to be over."""
        running = now - self.since
        return max(self.per_second(now, span), self.counted * SECOND / running if SECOND <= running < 2 * span else 0)


@dataclass(slots=True)
class Books:
    """What engines share, locked: the timelines and today's counts by key. `tick` was read under the lock."""

    tick: Tick
    timelines: dict[str, Timeline] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    measured: dict[str, Measured] = field(default_factory=dict)


def open_books(
    session: Session, rates: Mapping[str, Rate], counted: Collection[str], day: date, tick: Callable[[Session], Tick]
) -> Books:
    """Lock the meters of these rates and the day's counts of these keys: counts before meters, each in order of key."""
    counts = _locked_counts(session, sorted(counted), day)
    meters = _locked_meters(session, sorted(rates))
    books = Books(tick(session), counts=counts)
    for key, last, step, holes, *measured in meters:
        books.timelines[key] = Timeline.from_kept(
            rates[key].spacing, last, step, json.loads(holes), now=books.tick.shared
        )
        books.measured[key] = Measured(*measured)
    return books


def close_books(session: Session, books: Books, grown: Collection[str], day: date) -> None:
    """Write back the timelines that have changed, and the counts that have grown."""
    meters = [_row(key, line, books) for key, line in books.timelines.items() if line.given or line.has_healed]
    if meters:
        statement = update(_METER).where(_METER.c.key == bindparam("its"))
        session.connection().execute(
            statement.values({name: bindparam(name) for name in meters[0] if name != "its"}), meters
        )
    counts = [{"its": key, "count": books.counts[key]} for key in grown]
    if counts:
        mine = (_COUNT.c.key == bindparam("its")) & (_COUNT.c.day == day)
        session.connection().execute(update(_COUNT).where(mine).values(count=bindparam("count")), counts)


def span_of(step: int) -> int:
    """Over how many nanoseconds a rate is measured: ten seconds, or twenty copies where they come slowly."""
    return max(10 * SECOND, 20 * step)


def _row(key: str, line: Timeline, books: Books) -> dict[str, object]:
    step = line.spacing.step
    measured = books.measured[key].and_now(line.given, books.tick.shared, span_of(step))
    return {"its": key, "last": line.last, "step": step, "holes": json.dumps(line.holes), **measured._asdict()}


def _locked_counts(session: Session, keys: list[str], day: date) -> dict[str, int]:
    if not keys:
        return {}
    mine = _COUNT.c.key.in_(keys) & (_COUNT.c.day == day)
    there = set(session.scalars(select(_COUNT.c.key).where(mine)))
    if missing := [{"key": key, "day": day} for key in keys if key not in there]:
        session.connection().execute(_NEW_COUNT, missing)
    locked = select(_COUNT.c.key, _COUNT.c.count).where(mine).order_by(_COUNT.c.key).with_for_update()
    return dict(session.execute(locked).all())


def _locked_meters(session: Session, keys: list[str]) -> list[tuple[str, int, int, str, int, int, int]]:
    if not keys:
        return []
    c = _METER.c
    mine = c.key.in_(keys)
    columns = select(c.key, c.last, c.step, c.holes, c.since, c.counted, c.before)
    locked = columns.where(mine).order_by(c.key).with_for_update()
    there = set(session.scalars(select(c.key).where(mine)))
    while True:
        if missing := [{"key": key, "last": _LONG_AGO} for key in keys if key not in there]:
            session.connection().execute(_NEW_METER, missing)
        meters = session.execute(locked).all()
        if len(meters) == len(keys):
            return [*meters]
        there = {meter[0] for meter in meters}  # one of them was swept away before we had it
