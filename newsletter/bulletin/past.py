"""What was saved of a bulletin before, and when each language of it was last changed."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.fields import as_fields
from newsletter.bulletin.saved_text import SavedText
from newsletter.errors import NotFound

NEW = ""
"""The stamp of a bulletin that is not there yet."""
_LATELY = 200  # saves among which a text is looked for
_COMPARED = 50


def mark(text: str) -> str:
    """What changes whenever a text does."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def stamp(version: Version | None) -> str:
    """What changes whenever the newest text of a bulletin does; a form carries the one it was filled with."""
    return f"{version.id}-{mark(version.source)}" if version else NEW


def keep(session: Session, version: Version) -> None:
    """Write down the text of a version as it is saved."""
    told = {"source": version.source, "author": version.author, "saved_at": version.written_at}
    session.add(SavedText(bulletin_id=version.bulletin_id, revision=version.revision, **told))


def saves(session: Session, bulletin_id: int, limit: int = _COMPARED) -> list[SavedText]:
    """What was saved of a bulletin, newest first."""
    theirs = select(SavedText).where(SavedText.bulletin_id == bulletin_id)
    return list(session.scalars(theirs.order_by(SavedText.id.desc()).limit(limit)))


def count_saves(session: Session, bulletin_id: int) -> int:
    """How often a bulletin was saved."""
    return session.scalar(select(func.count()).where(SavedText.bulletin_id == bulletin_id)) or 0


def save_of(session: Session, bulletin_id: int, saved_id: int) -> SavedText:
    """One of them. Raises NotFound."""
    saved = session.get(SavedText, saved_id)
    if saved is None or saved.bulletin_id != bulletin_id:
        raise NotFound("This text is not among those that were saved.", hint="Choose one from the list.")
    return saved


def text_seen(session: Session, bulletin_id: int, seen: str) -> str | None:
    """The text that somebody saw who carries a stamp; None where it is not among the last."""
    marked = seen.rpartition("-")[2]
    theirs = select(SavedText.source).where(SavedText.bulletin_id == bulletin_id)
    sources = session.scalars(theirs.order_by(SavedText.id.desc()).limit(_LATELY))
    return next((source for source in sources if mark(source) == marked), None)


def changes(saved: Iterable[SavedText]) -> dict[str, datetime]:
    """When the Markdown in each language last became another, by language. `saved` is newest first."""
    found: dict[str, datetime] = {}
    later: dict[str, str] = {}
    at: datetime | None = None
    for one in saved:
        told = _told(one.source)
        if at is not None:
            found |= {code: at for code, text in later.items() if code not in found and told.get(code) != text}
        later, at = (told if at is None else {code: text for code, text in later.items() if code in told}), one.saved_at
    if at is not None:
        found |= {code: at for code in later if code not in found}
    return found


def _told(source: str) -> dict[str, str]:
    fields = as_fields(source)
    return {one.language: one.markdown.strip() for one in fields.spoken} if fields else {}
