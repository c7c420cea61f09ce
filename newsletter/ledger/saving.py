"""Saving what a colleague wrote without overwriting what another one wrote meanwhile."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.past import NEW, stamp
from newsletter.bulletin.source import read_source
from newsletter.bulletin.unsaved import forget_draft
from newsletter.bulletin.write import newest, write
from newsletter.errors import Conflict
from newsletter.ledger.order import Desk


def save(desk: Desk, text: str, *, seen: str, author: str, now: datetime) -> Version:
    """Write a bulletin down, if it still is what the author saw (`stamp`); what they had not saved of it is forgotten.

    Raises BadBulletin for a text that could not be sent, Conflict where somebody else saved first; then nothing was
    changed.
    """
    source = read_source(text)
    try:
        with desk.db.write() as session:
            if stamp(hold(session, source.number)) != seen:
                raise _taken(source.number, is_new=seen == NEW)
            # Where nothing stood a moment ago, somebody else's may stand by now.
            version = write(session, text, author, now, is_new=seen == NEW)
            desk.checked(session, source, "", version.bulletin_id, now)
            forget_draft(session, author, source.number, *([""] if seen == NEW else []))
            return version
    except IntegrityError as error:
        raise _taken(source.number, is_new=True) from error


def hold(session: Session, number: str) -> Version | None:
    """The newest version under a number, which nobody else saves or sends until the transaction ends.

    The lock stands on the bulletin, because the version that somebody is about to add cannot be locked yet.
    """
    bulletin = session.scalar(select(Bulletin).where(Bulletin.number == number).with_for_update())
    return newest(session, bulletin) if bulletin else None


def _taken(number: str, *, is_new: bool) -> Conflict:
    if is_new:
        return Conflict(f"There is a bulletin {number} already.", hint="Choose another number, or edit that one.")
    return Conflict(f"Somebody else changed {number} while you were writing.", hint="Nothing was overwritten.")
