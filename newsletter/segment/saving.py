"""Saving a segment, and deleting one. What it said before is kept."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.db import Database
from newsletter.errors import BadBulletin, Conflict, NotFound, Refused
from newsletter.ledger.run import Run, RunState
from newsletter.segment.choosing import select_of
from newsletter.segment.definition import Definition
from newsletter.segment.reading import as_json, checked
from newsletter.segment.table import Segment, SegmentVersion
from newsletter.staff.audit import AuditEntry

LONGEST_NAME = 80
NEW = 0
"""The version of a segment that is not there yet."""
RESERVED = frozenset({"new", "count", "lists"})
"""Addresses of pages."""
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class Saved:
    """One version of a segment."""

    key: str
    name: str
    version: int
    definition: str
    author: str
    written_at: datetime


def save_segment(
    db: Database, key: str, name: str, definition: Definition, *, seen: int, author: str, now: datetime
) -> int:
    """Keep what a segment says from now on; its version.

    `seen` is the version the author saw, `NEW` for none. Raises Refused for what makes no sense, Conflict where a
    colleague saved it meanwhile, or the key is taken.
    """
    name = " ".join(name.split())
    if not _KEY.fullmatch(key) or key in RESERVED:
        raise Refused(
            "A segment needs a short key.", hint="Small letters, digits and dashes: vx-500-without-agreement."
        )
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused("A segment needs a name.", hint=f"One line of up to {LONGEST_NAME} characters.")
    checked(definition)
    try:
        with db.write() as session:
            select_of(session, definition, now)
            segment = _held(session, key, seen, now)
            told = {"name": name, "definition": as_json(definition), "author": author, "written_at": now}
            session.add(SegmentVersion(segment_id=segment.id, version=segment.version, **told))
            session.add(AuditEntry(at=now, who=author, act="saved a segment", subject=f"{key}, {segment.version}"))
            return segment.version
    except IntegrityError as error:
        raise Conflict(f"A colleague saved {key!r} at this moment.", hint="Look at it first.") from error


def delete_segment(db: Database, key: str, author: str, now: datetime) -> None:
    """Choose nobody by it any more. Raises NotFound, and Conflict where a run that is scheduled names it."""
    with db.write() as session:
        segment = session.scalar(select(Segment).where(Segment.key == key, Segment.deleted_at.is_(None)))
        if segment is None:
            raise NotFound(f"There is no segment {key[:60]!r}.")
        if runs := runs_waiting_for(session, key):
            numbers = ", ".join(str(run) for run in runs)
            raise Conflict(f"Run {numbers} is scheduled and goes to this segment.", hint="Cancel it first.")
        segment.deleted_at, segment.deleted_by = now, author
        session.add(AuditEntry(at=now, who=author, act="deleted a segment", subject=key))


def runs_waiting_for(session: Session, key: str) -> list[int]:
    """The ids of the runs that have not started and go to a segment."""
    waiting = Run.state.in_((RunState.SCHEDULED, RunState.LATE))
    rows = session.execute(select(Run.id, Version.source).join(Version, Version.id == Run.version_id).where(waiting))
    return [run_id for run_id, text in rows if _names(text, key)]


def saved_segments(session: Session) -> list[Saved]:
    """What every segment says now, by name."""
    query = select(Segment.key, SegmentVersion).join(Segment, Segment.id == SegmentVersion.segment_id)
    in_force = Segment.version == SegmentVersion.version, Segment.deleted_at.is_(None)
    return [_saved(key, row) for key, row in session.execute(query.where(*in_force).order_by(SegmentVersion.name))]


def history(session: Session, key: str) -> list[Saved]:
    """Every version of a segment, the newest first; none where there is no such segment."""
    query = select(SegmentVersion).join(Segment, Segment.id == SegmentVersion.segment_id).where(Segment.key == key)
    versions = session.scalars(query.where(Segment.deleted_at.is_(None)).order_by(SegmentVersion.version.desc()))
    return [_saved(key, row) for row in versions]


def _held(session: Session, key: str, seen: int, now: datetime) -> Segment:
    segment = session.scalar(select(Segment).where(Segment.key == key).with_for_update())
    if segment is None and seen == NEW:
        segment = Segment(key=key, version=1, created_at=now)
        session.add(segment)
        session.flush()
        return segment
    if segment is None or segment.version != seen or segment.deleted_at is not None:
        taken = f"There is, or was, a segment {key!r} already." if seen == NEW else f"A colleague changed {key!r}."
        hint = "Choose another key." if seen == NEW else "Look at theirs first; nothing was overwritten."
        raise Conflict(taken, hint=hint)
    segment.version += 1
    return segment


def _saved(key: str, row: SegmentVersion) -> Saved:
    return Saved(key, row.name, row.version, row.definition, row.author, row.written_at)


def _names(text: str, key: str) -> bool:
    try:
        return read_source(text).segment == key
    except BadBulletin:
        return False
