"""Making and changing themes, each change a version of its own."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.enclosure.keep_picture import weights
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.message.look import Chosen, Look, colour, day_of, night_of
from newsletter.message.picture import SCHEME, read_name
from newsletter.staff.audit import AuditEntry
from newsletter.theme.theme import Theme

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_PAGES = ("new", "sample")  # the page of a theme has its key for an address, beside these
NOTHING = Chosen()
NEW = 0
"""What somebody saw who makes a theme under a new key."""
_LOGO = re.compile(r"https://[!#-;=?-\[\]_a-z~]{4,180}", re.IGNORECASE | re.ASCII)
_LONGEST = 120  # characters


@dataclass(frozen=True, slots=True)
class Written:
    """A theme as somebody typed it."""

    name: str = ""
    logo: str = ""
    logo_alt: str = ""
    day: Chosen = NOTHING
    night: Chosen = NOTHING


def read_look(written: Written) -> Look:
    """The look of what was typed. Raises Refused in words for what is no colour, no logo, or hard to read."""
    if not written.name.strip() or max(map(len, (written.name, written.logo_alt))) > _LONGEST:
        raise Refused("A theme has a name.", hint=f"Name and alternative text have at most {_LONGEST} characters each.")
    if not (written.name + written.logo_alt).isprintable():
        raise Refused("Name and alternative text are one line of text each.")
    is_ours = written.logo.startswith(SCHEME) and read_name(written.logo.removeprefix(SCHEME)) is not None
    if written.logo and not is_ours and not _LOGO.fullmatch(written.logo):
        raise Refused("This is no address of a logo.", hint="Write https://… or picture:NAME of an uploaded picture.")
    if written.logo and not written.logo_alt.strip():
        raise Refused("The logo has no alternative text.", hint="Who cannot see it reads that: the vendor's name.")
    day = day_of(_spelled(written.day))
    return Look(day, night_of(_spelled(written.night), day), written.logo, written.logo_alt.strip())


def save_theme(db: Database, key: str, written: Written, *, seen: int, author: str, now: datetime) -> int:
    """Write a version down; its id. `seen` is the id of the one that was changed, NEW for a new key.

    Raises Refused for what cannot be shown, Conflict where somebody else was first.
    """
    if not KEY.fullmatch(key) or key in _PAGES:
        raise Refused("This is no key of a theme.", hint="Use small letters, digits and dashes, at most 60.")
    read_look(written)
    day, night = _spelled(written.day), _spelled(written.night)
    with db.write() as session:
        former = _newest(session, key)
        if (former.id if former else NEW) != seen:
            who = f" by {former.author}" if former else ""
            raise Conflict(f"The theme {key} was changed{who} meanwhile.", hint="Open it again; nothing was changed.")
        _need_logo(session, written.logo)
        theme = Theme(
            key=key,
            name=written.name.strip(),
            logo=written.logo,
            logo_alt=written.logo_alt.strip(),
            **asdict(day),
            **{f"night_{name}": value for name, value in asdict(night).items()},
            author=author,
            written_at=now,
        )
        session.add(theme)
        session.add(AuditEntry(at=now, who=author, act="save theme", subject=f"theme {key}"))
        session.flush()
        return theme.id


def retire_theme(db: Database, key: str, *, author: str, now: datetime) -> None:
    """Offer a theme no more. What was sent with it, or is to be sent already, keeps it. Raises NotFound."""
    with db.write() as session:
        former = newest_theme(session, key)
        columns = {column.key: getattr(former, column.key) for column in Theme.__table__.columns}
        del columns["id"]
        session.add(Theme(**{**columns, "is_retired": True, "author": author, "written_at": now}))
        session.add(AuditEntry(at=now, who=author, act="retire theme", subject=f"theme {key}"))


def themes(session: Session) -> list[Theme]:
    """The newest version of each theme that is offered, by name."""
    newest = select(func.max(Theme.id)).group_by(Theme.key).scalar_subquery()
    offered = select(Theme).where(Theme.id.in_(newest), Theme.is_retired.is_(False))
    return list(session.scalars(offered.order_by(Theme.name, Theme.key)))


def newest_theme(session: Session, key: str) -> Theme:
    """The newest version of a theme that is offered. Raises NotFound."""
    theme = _newest(session, key)
    if theme is None or theme.is_retired:
        raise NotFound(f"There is no theme {key[:60]!r}.")
    return theme


def theme_history(session: Session, key: str, limit: int = 20) -> list[Theme]:
    """The versions of a theme, newest first."""
    return list(session.scalars(select(Theme).where(Theme.key == key).order_by(Theme.id.desc()).limit(limit)))


def as_written(theme: Theme) -> Written:
    """A theme as it was typed."""
    day = Chosen(theme.accent, theme.on_accent, theme.background, theme.paper)
    night = Chosen(theme.night_accent, theme.night_on_accent, theme.night_background, theme.night_paper)
    return Written(theme.name, theme.logo, theme.logo_alt, day, night)


def _need_logo(session: Session, logo: str) -> None:
    """Raises Refused for a picture of ours that is not there."""
    name = logo.removeprefix(SCHEME)
    if name != logo and not weights(session, [name]):
        raise Refused(f"There is no picture {name!r}.", hint="Upload it first, or take the address of another logo.")


def _newest(session: Session, key: str) -> Theme | None:
    return session.scalar(select(Theme).where(Theme.key == key).order_by(Theme.id.desc()).limit(1))


def _spelled(chosen: Chosen) -> Chosen:
    return replace(chosen, **{name: colour(value) for name, value in asdict(chosen).items()})
