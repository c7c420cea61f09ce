"""Gathering digests: who is due gets one letter with all they have not had, once, however many engines look.

Each digest, what it tells of, and its letter are written in one transaction. Two unique keys keep a reader from two
letters in one slot and from the same bulletin in two letters; what was not written is found by whoever looks next.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.archive.published import is_public
from newsletter.db import Base, Database
from newsletter.digest.pending import News, news_for, waiting
from newsletter.digest.readers import DigestReader, digest_readers
from newsletter.digest.slots import Slot, last_slot
from newsletter.digest.wording import Told, leave_link, wording_of
from newsletter.errors import NewsletterError
from newsletter.ledger.digest import Digest, DigestEntry
from newsletter.links import Links
from newsletter.post.post import post
from newsletter.post.posted import DIGEST
from newsletter.post.wording import Writer

KIND = DIGEST
AT_ONCE = 100
"""People in one transaction."""

_log = logging.getLogger(__name__)


def gather_digests(db: Database, writer: Writer, links: Links, zone: str, now: datetime) -> int:
    """Post the letters of all digests that are due; how many there were. `zone` is for whom we know none."""
    posted, last = 0, 0
    while True:
        with db.read() as session:
            people = waiting(session, now, after=last, limit=AT_ONCE)
        if not people:
            return posted
        with db.write() as session:
            readers = digest_readers(session, people, zone)
            news = news_for(session, people, now)
            for reader in readers:
                posted += _gather(session, reader, news.get(reader.person_id, []), (writer, links), now)
        last = people[-1]


def _gather(
    session: Session, reader: DigestReader, news: Sequence[News], means: tuple[Writer, Links], now: datetime
) -> bool:
    return gather_for(session, reader, last_slot(reader.frequency, reader.zones, now), news, means, now)


def gather_for(
    session: Session,
    reader: DigestReader,
    slot: Slot,
    news: Sequence[News],
    means: tuple[Writer, Links],
    now: datetime,
) -> bool:
    """Post one reader's letter of what was sent before the slot, if there is any; whether it was. Does not commit."""
    due = [one for one in news if one.sent_at <= slot.at]
    if not due or _had_one(session, reader, slot):
        return False
    try:
        with session.begin_nested():
            return _post(session, reader, slot, due, means, now)
    except NewsletterError as error:
        _log.error("no digest for person %d: %s", reader.person_id, error)
        return False


def _had_one(session: Session, reader: DigestReader, slot: Slot) -> bool:
    later = select(Digest.id).where(Digest.person_id == reader.person_id, Digest.slot_at >= slot.at)
    return session.scalar(later.limit(1)) is not None


def _post(
    session: Session,
    reader: DigestReader,
    slot: Slot,
    due: Sequence[News],
    means: tuple[Writer, Links],
    now: datetime,
) -> bool:
    writer, links = means
    row = {"person_id": reader.person_id, "slot_at": slot.at, "slot_day": slot.day, "gathered_at": now}
    digest_id = session.scalar(_unless_there(session, Digest).values(row).returning(Digest.id))
    if digest_id is None:  # another engine was quicker
        return False
    told = [_told(session, reader, one, links) for one in due if _is_first(session, reader, one, digest_id)]
    if not told:
        session.execute(delete(Digest).where(Digest.id == digest_id))
        return False
    leave = leave_link(links, reader.person_id, told)
    wording, values = wording_of(told, reader.language, preferences=links.preferences(reader.person_id), leave=leave)
    return post(
        session,
        key=f"digest:{digest_id}",
        kind=KIND,
        address=reader.address,
        person_id=reader.person_id,
        language=reader.language or told[0].news.source.sections[0].language,
        wording=wording,
        values=values,
        house=writer,
        now=now,
        leave_link=leave,
    )


def _is_first(session: Session, reader: DigestReader, one: News, digest_id: int) -> bool:
    row = {"person_id": reader.person_id, "bulletin_id": one.bulletin_id, "version_id": one.version_id}
    entry = _unless_there(session, DigestEntry).values(**row, digest_id=digest_id)
    return session.scalar(entry.returning(DigestEntry.bulletin_id)) is not None


def _told(session: Session, reader: DigestReader, one: News, links: Links) -> Told:
    if is_public(session, one.bulletin_id, one.topic.id):
        return Told(one, links.archive(one.topic.key, one.source.number))
    return Told(one, links.view_gathered(reader.person_id, one.version_id))


def _unless_there(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()
