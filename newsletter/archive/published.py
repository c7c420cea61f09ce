"""Which bulletins are public. Private is what nobody made public, and what somebody took back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.source import Source, read_source
from newsletter.errors import BadBulletin, NotFound
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.trial import RunTrial

SENT = (RunState.SENDING, RunState.FINISHED)

_SENT = (
    select(
        Version.bulletin_id,
        Run.topic_id,
        func.min(Run.started_at).label("first_sent_at"),
        func.min(Run.id).label("first_run"),
        func.max(Run.id).label("last_run"),
    )
    .join(Version, Version.id == Run.version_id)
    .where(Run.state.in_(SENT), Run.started_at.is_not(None))
    .group_by(Version.bulletin_id, Run.topic_id)
    .subquery("sent")
)
_First, _Last, _Later = aliased(Run), aliased(Run), aliased(Version)


@dataclass(frozen=True, slots=True)
class Published:
    """One public bulletin, as it was sent last. `seed` is random, and stays whatever becomes of names and addresses."""

    number: str
    version_id: int
    source: Source
    seed: str
    first_sent_at: datetime
    last_sent_at: datetime


@dataclass(frozen=True, slots=True)
class PublicTopic:
    """A topic with public bulletins, or open for them."""

    id: int
    key: str
    name: str
    bulletins: int
    newest_at: datetime | None


def public_topics(session: Session) -> list[PublicTopic]:
    """The topics, by name; one that is open is there before it has a bulletin."""
    public = _sent(Topic.id, _SENT.c.first_sent_at).where(_is_public()).subquery()
    counted = select(public.c.id, func.count().label("bulletins"), func.max(public.c.first_sent_at).label("newest"))
    by_topic = counted.group_by(public.c.id).subquery()
    query = select(Topic.id, Topic.key, Topic.name, func.coalesce(by_topic.c.bulletins, 0), by_topic.c.newest)
    query = query.outerjoin(by_topic, by_topic.c.id == Topic.id).order_by(Topic.name, Topic.id)
    is_there = or_(Topic.archive_since.is_not(None), by_topic.c.bulletins > 0)
    return [PublicTopic(*row) for row in session.execute(query.where(is_there))]


def public_topic(session: Session, key: str) -> PublicTopic:
    """The topic of a key. Raises NotFound for one that is private, as if it did not exist."""
    found = [topic for topic in public_topics(session) if topic.key == key]
    if not found:
        raise NotFound("There is no public topic of that name.")
    return found[0]


def published(session: Session, topic_id: int, *, limit: int, skip: int = 0) -> list[Published]:
    """The public bulletins of a topic, the newest first."""
    newest_first = _told(topic_id).order_by(_SENT.c.first_sent_at.desc(), Bulletin.id.desc())
    rows = session.execute(newest_first.limit(limit).offset(skip))
    return [one for row in rows if (one := _if_readable(row)) is not None]


def published_one(session: Session, topic_id: int, number: str) -> Published:
    """One public bulletin. Raises NotFound for one that is private, as if it did not exist."""
    row = session.execute(_told(topic_id).where(Bulletin.number == number)).first()
    one = _if_readable(row) if row else None
    if one is None:
        raise NotFound("There is no public bulletin of that number.")
    return one


def is_public(session: Session, bulletin_id: int, topic_id: int) -> bool:
    """Whether everybody may read a bulletin under a topic."""
    return session.execute(_told(topic_id).where(Bulletin.id == bulletin_id)).first() is not None


def left_to_topic(session: Session, topic_id: int) -> list[str]:
    """The titles of the bulletins that are public as soon as their topic is, the newest first."""
    query = _sent(Version.title).where(Topic.id == topic_id, Version.archive.is_(None))
    return list(session.scalars(query.order_by(_SENT.c.first_sent_at.desc(), Bulletin.id.desc())))


def changed_at(session: Session, topic_id: int) -> datetime | None:
    """When the list of a topic's public bulletins may have changed last: something was sent, edited or opened."""
    theirs = select(Version.bulletin_id).join(Run, Run.version_id == Version.id).where(Run.topic_id == topic_id)
    written = select(func.max(Version.written_at)).where(Version.bulletin_id.in_(theirs))
    finished = select(func.max(Run.started_at)).where(Run.topic_id == topic_id)
    opened = select(Topic.archive_since).where(Topic.id == topic_id)
    decided = select(func.max(RunTrial.decided_at)).join(Run, Run.id == RunTrial.run_id).where(Run.topic_id == topic_id)
    return max((at for query in (written, finished, decided, opened) if (at := session.scalar(query))), default=None)


def _told(topic_id: int) -> Select[Any]:
    winner = select(RunTrial.winner).where(RunTrial.run_id == _Last.id).correlate(_Last).scalar_subquery()
    told = Version.source, func.coalesce(winner, "").label("winner")
    columns = Bulletin.number, Version.id, *told, _First.seed, _SENT.c.first_sent_at, _Last.started_at
    return _sent(*columns).where(Topic.id == topic_id, _is_public())


def _if_readable(row: Row[Any]) -> Published | None:
    """A text that was sent before an upgrade may be one that nobody could send today."""
    try:
        source = read_source(row.source, row.winner)
    except BadBulletin:
        return None
    return Published(row.number, row.id, source, row.seed, row.first_sent_at, row.started_at)


def _is_public() -> ColumnElement[bool]:
    return or_(Version.archive.is_(True), and_(Version.archive.is_(None), Topic.archive_since.is_not(None)))


def _sent(*columns: InstrumentedAttribute[Any] | ColumnElement[Any]) -> Select[Any]:
    """Bulletins by topic, in the Version that was sent last, without those that were taken back since."""
    taken_back = select(_Later.id).where(
        _Later.bulletin_id == Version.bulletin_id, _Later.revision >= Version.revision, _Later.archive.is_(False)
    )
    return (
        select(*columns)
        .select_from(_SENT)
        .join(_First, _First.id == _SENT.c.first_run)
        .join(_Last, _Last.id == _SENT.c.last_run)
        .join(Version, Version.id == _Last.version_id)
        .join(Bulletin, Bulletin.id == Version.bulletin_id)
        .join(Topic, Topic.id == _SENT.c.topic_id)
        .where(~taken_back.exists())
    )
