"""Writing the letters of a digest that a series has due, some people at a time, once for each."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.chosen import Choose
from newsletter.audience.topic import Topic
from newsletter.db import Database
from newsletter.digest.gather import AT_ONCE, gather_for
from newsletter.digest.missed import agreed_to, missed_news
from newsletter.digest.readers import digest_readers
from newsletter.digest.slots import Slot
from newsletter.links import Links
from newsletter.post.wording import Writer
from newsletter.schedule.series import Became, Occurrence, Series


@dataclass(frozen=True, slots=True)
class Means:
    """Who writes, with which links, where the house is, and who looks up segments."""

    writer: Writer
    links: Links
    zone: str
    choose: Choose


def gather_due(db: Database, means: Means, now: datetime, at_once: int = AT_ONCE) -> int:
    """Post the letters of all digests that series have due, to so many people at once; how many there were."""
    with db.read() as session:
        query = select(Occurrence.series_id, Occurrence.day).where(Occurrence.became == Became.GATHERING)
        due = session.execute(query.order_by(Occurrence.day, Occurrence.series_id)).all()
    posted = 0
    for series_id, day in due:
        while True:
            with db.write() as session:
                letters = _some(session, series_id, day, means, now, at_once)
            if letters is None:
                break
            posted += letters
    return posted


def _some(session: Session, series_id: int, day: date, means: Means, now: datetime, at_once: int) -> int | None:
    """The letters of the next people; None where nobody is left, or another engine has finished it."""
    held = select(Occurrence).where(Occurrence.series_id == series_id, Occurrence.day == day).with_for_update()
    row, series = session.scalars(held).one(), session.get_one(Series, series_id)
    if row.became != Became.GATHERING:
        return None
    topics = session.scalars(select(Topic.id).where(Topic.key.in_(series.topics.split(",")))).all()
    people = agreed_to(session, topics, after=row.after_person_id, limit=at_once)
    if not people:
        row.became, row.after_person_id = Became.SENT, 0
        return None
    news = missed_news(session, topics, people, means.choose, now)
    slot, ours = Slot(series.instant(day), day), (means.writer, means.links)
    readers = digest_readers(session, [person_id for person_id in people if person_id in news], means.zone)
    letters = sum(gather_for(session, reader, slot, news[reader.person_id], ours, now) for reader in readers)
    row.after_person_id, row.letters = people[-1], row.letters + letters
    return letters
