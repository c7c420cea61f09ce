"""The files that go with a bulletin: whether they are there, what they weigh, and whether they may be deleted."""

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.bulletin.source import Source
from newsletter.bulletin.used import used_in
from newsletter.db import Database
from newsletter.enclosure.attachment import AttachedFile
from newsletter.enclosure.file_name import LARGEST_TOGETHER
from newsletter.enclosure.keep_file import attached, file_of, files
from newsletter.errors import BadBulletin, Conflict
from newsletter.message.attachment import Attached, attach
from newsletter.staff.audit import AuditEntry


def need_files(session: Session, source: Source) -> list[AttachedFile]:
    """The files that go with a bulletin, without their octets.

    Raises BadBulletin, with line and column, where one is not there, or they are too much for a letter.
    """
    there = {file.name: file for file in files(session, [name.value for name in source.attach])}
    for name in source.attach:
        if name.value not in there:
            raise name.refusal("There is no file {}.", "Upload it on the page of pictures and files.")
    together = sum(file.octets for file in there.values())
    if together > LARGEST_TOGETHER:
        sentence = f"The files have {together / 1_000_000:.1f} MB together; {LARGEST_TOGETHER // 1_000_000} go."
        raise BadBulletin(sentence, line=source.attach[0].line, hint="Put them on a page and link to it.")
    return [there[name.value] for name in source.attach]


def files_for(session: Session, source: Source) -> Attached:
    """The files ready for the wire. Raises BadBulletin like `need_files`."""
    return attach(attached(session, [file.name for file in need_files(session, source)]))


def digests(session: Session, source: Source) -> tuple[str, ...]:
    """What changes whenever the content of one of its files does. Raises BadBulletin like `need_files`."""
    return tuple(file.digest for file in need_files(session, source))


def discard_file(db: Database, name: str, author: str, now: datetime) -> None:
    """Delete a file that nothing uses. Raises NotFound, Conflict."""
    with db.write() as session:
        file = file_of(session, name)
        if used := used_in(session, name):
            raise Conflict(f"The file is used in {', '.join(used[:5])}.", hint="Take it out there first.")
        session.delete(file)
        session.add(AuditEntry(at=now, who=author, act="delete file", subject=name))
