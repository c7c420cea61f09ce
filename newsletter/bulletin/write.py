"""Writing a bulletin down: a new number, an edit of its newest version, or a new version after one was sent."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.audience.topic import DEFAULT_TOPIC, Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.past import keep
from newsletter.bulletin.source import BulletinClass, Source, read_source
from newsletter.errors import BadBulletin, Conflict, NotFound


def write(session: Session, text: str, author: str, now: datetime, *, is_new: bool = False) -> Version:
    """The version that holds this text. Does not commit.

    The same text again is the same version, also when it was sent already. Line ends are kept as LF: a browser sends
    CR LF, and a bulletin must not become another one by being looked at in a form. Raises BadBulletin for a text that
    cannot be sent, Conflict where somebody else is writing the same new number, or wrote it where it has to be new
    (`is_new`).
    """
    source = read_source(text)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    known = None if is_new else find(session, source.number)
    bulletin = known or _new(session, source.number, now)
    lock(session, bulletin.id)
    version = newest(session, bulletin)
    if version is not None and version.source == text:
        return version
    if version is None or version.frozen_at is not None:
        version = Version(bulletin_id=bulletin.id, revision=version.revision + 1 if version else 1, frozen_at=None)
        session.add(version)
    version.title, version.source, version.author, version.written_at = source.title, text, author, now
    version.archive = _publicity(source)
    session.flush()
    keep(session, version)
    return version


def find(session: Session, number: str) -> Bulletin | None:
    """The bulletin of a number."""
    return session.scalar(select(Bulletin).where(Bulletin.number == number))


def newest(session: Session, bulletin: Bulletin) -> Version | None:
    """The newest version of a bulletin."""
    versions = select(Version).where(Version.bulletin_id == bulletin.id).order_by(Version.revision.desc()).limit(1)
    return session.scalar(versions.execution_options(populate_existing=True))


def topic_of(session: Session, source: Source) -> Topic:
    """The topic a bulletin goes to. Raises BadBulletin naming the topics there are."""
    key = source.topic or DEFAULT_TOPIC
    topic = session.scalar(select(Topic).where(Topic.key == key))
    if topic is None:
        known = ", ".join(session.scalars(select(Topic.key).order_by(Topic.key))) or "none yet: import people first"
        raise BadBulletin(f"There is no topic {key!r}.", hint=f"Known topics: {known}.")
    return topic


def newest_of(session: Session, number: str) -> Version:
    """The newest version under a number. Raises NotFound."""
    bulletin = find(session, number)
    version = newest(session, bulletin) if bulletin else None
    if version is None:
        raise NotFound(f"There is no bulletin {number!r}.")
    return version


def lock(session: Session, bulletin_id: int) -> None:
    """Let nobody else write or send this bulletin until the transaction ends.

    Otherwise an edit could reach a version in the moment it is frozen, and two runs starting at once would each give
    the same person a copy.
    """
    session.execute(select(Bulletin.id).where(Bulletin.id == bulletin_id).with_for_update(key_share=True))


def _publicity(source: Source) -> bool | None:
    """Whether a bulletin is public. What is wrong with a machine is made public by nobody but its author."""
    is_left_to_topic = source.archive is None and source.klass is not BulletinClass.SAFETY
    return None if is_left_to_topic else bool(source.archive)


def _new(session: Session, number: str, now: datetime) -> Bulletin:
    bulletin = Bulletin(number=number, created_at=now)
    session.add(bulletin)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(
            f"There is a bulletin {number} already.", hint="Choose another number, or edit that one."
        ) from error
    return bulletin
