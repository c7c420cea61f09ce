"""The look of a bulletin: that of the theme it names, as it was when the bulletin was frozen."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.errors import BadBulletin, Refused
from newsletter.message.look import HOUSE_LOOK, Look
from newsletter.theme.keeping import as_written, read_look, themes
from newsletter.theme.theme import Theme


def look_for(session: Session, key: str, frozen_at: datetime | None = None) -> Look:
    """The look under a key: the newest, or for a frozen version that of the moment; the house's for no key.

    Raises BadBulletin for a theme that there is not, or that was retired before.
    """
    if not key:
        return HOUSE_LOOK
    versions = select(Theme).where(Theme.key == key).order_by(Theme.id.desc()).limit(1)
    if frozen_at is not None:
        versions = versions.where(Theme.written_at <= frozen_at)
    theme = session.scalar(versions)
    if theme is None or theme.is_retired:
        known = ", ".join(theme.key for theme in themes(session)) or "none yet"
        raise BadBulletin(f"There is no theme {key!r}.", hint=f"Known themes: {known}. Without one it looks as ever.")
    try:
        return read_look(as_written(theme))
    except Refused as error:
        raise BadBulletin(f"The theme {key!r} cannot be used: {error.message}", hint=error.hint) from error
