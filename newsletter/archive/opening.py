"""Making the bulletins of a topic public, or private again: an act of staff, never of a file."""

from datetime import datetime

from sqlalchemy import select, update

from newsletter.archive.published import left_to_topic
from newsletter.audience.topic import Topic
from newsletter.db import Database, rows_changed
from newsletter.errors import Conflict, NotFound
from newsletter.staff.audit import AuditEntry


def open_archive(db: Database, key: str, author: str, now: datetime) -> list[str]:
    """Let everybody read what was and will be sent to a topic; the titles of what that makes public at once.

    Bulletins of class safety, and those that say `archive: false`, stay private. Raises NotFound, and Conflict where
    the topic is open already.
    """
    _switch(db, key, author, now, since=now)
    with db.read() as session:
        return left_to_topic(session, session.scalars(select(Topic.id).where(Topic.key == key)).one())


def close_archive(db: Database, key: str, author: str, now: datetime) -> None:
    """Keep a topic's bulletins private, but for those that say `archive: true`. Raises NotFound, Conflict."""
    _switch(db, key, author, now, since=None)


def _switch(db: Database, key: str, author: str, now: datetime, *, since: datetime | None) -> None:
    if not key.isprintable():  # PostgreSQL refuses to look for a NUL
        raise NotFound("There is no such topic.")
    with db.write() as session:
        standing = Topic.archive_since.is_not(None) if since is None else Topic.archive_since.is_(None)
        if not rows_changed(session, update(Topic).where(Topic.key == key, standing).values(archive_since=since)):
            if session.scalar(select(Topic.id).where(Topic.key == key)) is None:
                raise NotFound(f"There is no topic {key!r}.")
            is_now = "private" if since is None else "public"
            raise Conflict(f"The archive of {key!r} is {is_now} already.", hint="Nothing was changed.")
        act = "close archive" if since is None else "open archive"
        session.add(AuditEntry(at=now, who=author, act=act, subject=f"topic {key}"))
