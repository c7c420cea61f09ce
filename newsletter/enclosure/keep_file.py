"""Keeping a file that goes with bulletins, under the name its readers see."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from newsletter.db import Database
from newsletter.enclosure.attachment import AttachedFile
from newsletter.enclosure.file_name import kind_of_file, read_file_name
from newsletter.errors import Conflict, NotFound
from newsletter.message.attachment import Attachment
from newsletter.staff.audit import AuditEntry


def keep_file(db: Database, octets: bytes, said: str, *, author: str, now: datetime) -> str:
    """Keep a file that came under a name; the name it has here. The same file twice is one.

    Raises BadFile for what does not go out, Conflict where there is another file of that name.
    """
    name = read_file_name(said)
    kind, digest = kind_of_file(name, octets), sha256(octets).hexdigest()
    try:
        with db.write() as session:
            former = session.get(AttachedFile, name)
            if former is None:
                told = {"kind": kind, "octets": len(octets), "digest": digest, "author": author, "kept_at": now}
                session.add(AttachedFile(name=name, content=octets, **told))
                session.add(AuditEntry(at=now, who=author, act="keep file", subject=name))
            elif former.digest != digest:
                raise _taken(name)
    except IntegrityError as error:
        raise _taken(name) from error
    return name


def files(session: Session, names: Iterable[str] | None = None) -> list[AttachedFile]:
    """All of them, or those of these names that are there, newest first, without their octets."""
    newest = select(AttachedFile).order_by(AttachedFile.kept_at.desc(), AttachedFile.name)
    return list(session.scalars(newest if names is None else newest.where(AttachedFile.name.in_(list(names)))))


def file_of(session: Session, name: str) -> AttachedFile:
    """One with its octets. Raises NotFound."""
    wanted = select(AttachedFile).where(AttachedFile.name == name).options(undefer(AttachedFile.content))
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(f"There is no file {name!r}.")
    return found


def attached(session: Session, names: Iterable[str]) -> tuple[Attachment, ...]:
    """Files as letters take them, in this order. Raises NotFound."""
    found = (file_of(session, name) for name in names)
    return tuple(Attachment(file.name, file.kind, file.content) for file in found)


def _taken(name: str) -> Conflict:
    hint = "Give this one another name, such as one with its date, or delete that one."
    return Conflict(f"There is another file {name!r} already.", hint=hint)
