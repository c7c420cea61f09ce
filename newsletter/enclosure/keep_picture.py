"""Keeping a picture under a name that tells its content, so that the same picture twice is one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from newsletter.db import Database
from newsletter.enclosure.apart import redraw_apart
from newsletter.enclosure.drawn import Drawn
from newsletter.enclosure.picture import Picture
from newsletter.enclosure.what_it_is import kind_of_picture
from newsletter.errors import BadFile, NotFound
from newsletter.staff.audit import AuditEntry

LONGEST_ALT = 250  # characters
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that is there now, and what was said of it just now; it may have been there with other words."""

    name: str
    alt: str
    kind: str
    octets: int
    was_there: bool


def keep_picture(
    db: Database,
    octets: bytes,
    alt: str,
    *,
    author: str,
    now: datetime,
    draw: Callable[[bytes], Drawn] = redraw_apart,
) -> Kept:
    """Draw a picture anew and keep it. Raises BadFile, in words, for what is no picture or has no words."""
    alt = read_alt(alt)
    kind_of_picture(octets)
    drawn = draw(octets)
    name = name_of(drawn)
    try:
        with db.write() as session:
            if (former := session.get(Picture, name)) is not None:
                return Kept(name, alt, former.kind, former.octets, was_there=True)
            told = {"kind": drawn.kind, "octets": len(drawn.octets), "alt": alt}
            session.add(Picture(name=name, content=drawn.octets, author=author, kept_at=now, **told))
            session.add(AuditEntry(at=now, who=author, act="keep picture", subject=name))
    except IntegrityError:  # somebody else kept the same one in this moment
        return Kept(name, alt, drawn.kind, len(drawn.octets), was_there=True)
    return Kept(name, alt, drawn.kind, len(drawn.octets), was_there=False)


def read_alt(said: str) -> str:
    """The words for who cannot see a picture, on one line. Raises BadFile."""
    alt = " ".join(said.split())
    if not alt or not alt.isprintable():
        hint = "Say what it shows, for who cannot see it: “The grease nipple, behind the left cover”."
        raise BadFile("The picture has no words.", hint=hint)
    if len(alt) > LONGEST_ALT:
        raise BadFile(f"The words have {len(alt)} characters.", hint=f"Use at most {LONGEST_ALT}.")
    return alt


def name_of(drawn: Drawn) -> str:
    """The name that a picture has for ever."""
    return f"{sha256(drawn.octets).hexdigest()[:20]}-{drawn.width}x{drawn.height}.{_ENDINGS[drawn.kind]}"


def pictures(session: Session, *, limit: int, skip: int = 0) -> list[Picture]:
    """The newest, without their octets."""
    newest = select(Picture).order_by(Picture.kept_at.desc(), Picture.name)
    return list(session.scalars(newest.limit(limit).offset(skip)))


def picture_of(session: Session, name: str) -> Picture:
    """One with its octets. Raises NotFound."""
    found = session.scalar(select(Picture).where(Picture.name == name).options(undefer(Picture.content)))
    if found is None:
        raise NotFound("There is no such picture.")
    return found


def weights(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The octets of those of these pictures that are there, by name."""
    rows = session.execute(select(Picture.name, Picture.octets).where(Picture.name.in_(list(names))))
    return {name: octets for name, octets in rows}  # noqa: C416 - dict() cannot tell a row from a pair
