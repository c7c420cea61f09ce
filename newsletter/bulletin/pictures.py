"""The pictures of ours that bulletins name: whether they are there, and whether they may go."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.bulletin.source import Source
from newsletter.bulletin.used import used_in
from newsletter.db import Database
from newsletter.enclosure.keep_picture import picture_of, weights
from newsletter.errors import BadBulletin, Conflict
from newsletter.message.merge import position
from newsletter.message.picture import SCHEME, mentioned_pictures
from newsletter.staff.audit import AuditEntry
from newsletter.theme.theme import Theme


def need_pictures(session: Session, source: Source) -> dict[str, int]:
    """The octets of each picture that a bulletin names. Raises BadBulletin where it names one that is not there."""
    named = {name: place for name, *place in _named(source)}
    there = weights(session, named)
    for name, (line, column) in named.items():
        if name not in there:
            hint = "Upload it, or take another from the page of pictures."
            raise BadBulletin(f"There is no picture {name!r}.", line=line, column=column, hint=hint)
    return there


def discard_picture(db: Database, name: str, author: str, now: datetime) -> None:
    """Delete a picture that nothing uses. Raises NotFound, Conflict."""
    with db.write() as session:
        picture = picture_of(session, name)
        themes = session.scalars(select(Theme.key).where(Theme.logo == f"{SCHEME}{name}").distinct())
        if used := [*used_in(session, name), *map("the theme {}".format, themes)]:
            raise Conflict(
                f"The picture is used in {', '.join(used[:5])}.", hint="Whoever opens such a letter still needs it."
            )
        session.delete(picture)
        session.add(AuditEntry(at=now, who=author, act="delete picture", subject=name))


def _named(source: Source) -> Iterator[tuple[str, int, int]]:
    for section in (section for variant in source.each for section in variant.sections):
        for name, at in mentioned_pictures(section.markdown):
            yield name, *position(section.markdown, at, section.line)
