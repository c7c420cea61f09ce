"""Sending what a series has due: each day once, however many engines look, and none that is too late."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.bulletin.when import PROMPT
from newsletter.bulletin.write import topic_of
from newsletter.db import Database, rows_changed
from newsletter.errors import BadBulletin, NewsletterError
from newsletter.ledger.control import schedule
from newsletter.ledger.gate import Gate
from newsletter.schedule.ahead import next_day, skipped_days
from newsletter.schedule.series import Became, Kind, Occurrence, Series, SeriesState

_log = logging.getLogger(__name__)
_LOOKED_AT = 10  # versions, the newest first


def fire_due(db: Database, engine: str, now: datetime, gate: Gate) -> list[int]:
    """Order the runs of all series whose day has come; the ids of those runs. A digest waits for `gather.gather_due`.

    A day for which the grace is over is missed, and said so. So is one without a version that may be sent.
    """
    with db.read() as session:
        due = select(Series.id, Series.due_at).where(Series.state == SeriesState.ACTIVE, Series.due_at <= now)
        seen = session.execute(due.order_by(Series.due_at, Series.id)).all()
    runs = (_fire(db, series_id, due_at, engine, now, gate) for series_id, due_at in seen if due_at)
    return [run_id for run_id in runs if run_id is not None]


def _fire(db: Database, series_id: int, due_at: datetime, engine: str, now: datetime, gate: Gate) -> int | None:
    with db.write() as session:
        series = session.get_one(Series, series_id)
        day = series.due_on
        if day is None or series.due_at != due_at:
            return None
        after = next_day(series, day, skipped_days(session, series_id))
        mine = update(Series).where(Series.id == series_id, Series.due_at == due_at)
        mine = mine.where(Series.state == SeriesState.ACTIVE)
        won = mine.values(due_on=after, due_at=series.instant(after)).execution_options(synchronize_session=False)
        if not rows_changed(session, won):
            return None
        row = Occurrence(series_id=series_id, day=day, became=Became.MISSED, by=engine, decided_at=now)
        session.add(row)
        if now > due_at + max(timedelta(seconds=series.grace), PROMPT):
            row.why = "No engine ran in time."
            return None
        if series.kind == Kind.DIGEST:
            row.became = Became.GATHERING
            return None
        try:
            with session.begin_nested():
                row.run_id, row.became = _order(session, series, row, now, gate), Became.SENT
        except NewsletterError as error:
            row.run_id, row.became, row.why = None, Became.REFUSED, str(error)
            _log.error("series %d: nothing was sent on %s: %s", series_id, day, error)
        return row.run_id


def _order(session: Session, series: Series, row: Occurrence, now: datetime, gate: Gate) -> int:
    version, topic = _newest_sendable(session, series.bulletin_id or 0, gate)
    return schedule(session, version, topic, series.when(row.day), f"series {series.name}", now).id


def _newest_sendable(session: Session, bulletin_id: int, gate: Gate) -> tuple[Version, Topic]:
    """The newest version that needs no approval or has it. Raises BadBulletin where there is none."""
    versions = select(Version).where(Version.bulletin_id == bulletin_id).order_by(Version.revision.desc())
    for version in session.scalars(versions.limit(_LOOKED_AT)):
        source = read_source(version.source)
        topic = topic_of(session, source)
        if not gate.lacks_approval(session, version, source, topic):
            return version, topic
    raise BadBulletin("No version of it was approved.", hint="Ask a second colleague: Approval on its page.")
