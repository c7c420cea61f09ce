"""Keeping what colleagues typed and did not save, so that a closed window loses nothing."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.bulletin.draft import Draft
from newsletter.bulletin.source import LARGEST_SOURCE
from newsletter.db import Database, rows_changed
from newsletter.errors import Refused

LONGEST_STAMP = 100
KEPT = timedelta(days=90)
"""Nobody comes back for what they typed longer ago."""
AT_IT = timedelta(minutes=5)
"""Whoever typed within this time is still writing."""


def keep_draft(db: Database, author: str, number: str, text: str, *, seen: str, now: datetime) -> list[str]:
    """Keep a text in place of the author's former one; who else is at the same bulletin. Raises Refused."""
    if len(text) > LARGEST_SOURCE:
        raise Refused(
            f"The text is longer than {LARGEST_SOURCE:,} characters, so it is not kept on its own.",
            hint="Nothing you type is lost while this page is open. Split the bulletin in two.",
        )
    if "\0" in f"{number}{text}{seen}" or len(seen) > LONGEST_STAMP:
        raise Refused("The text holds a character that is no text, so it is not kept on its own.", hint="Remove it.")
    with db.write() as session:
        told = {"text": text, "seen": seen, "saved_at": now}
        former = update(Draft).where(Draft.author == author, Draft.number == number)
        if not rows_changed(session, former.values(told)):
            # Another window of the same colleague may be the first at this moment; either text is what they typed.
            with suppress(IntegrityError), session.begin_nested():
                session.add(Draft(author=author, number=number, **told))
        return others_at_it(session, author, number, now)


def draft_of(session: Session, author: str, number: str) -> Draft | None:
    """What an author typed for a bulletin and did not save."""
    return session.get(Draft, (author, number))


def others_at_it(session: Session, author: str, number: str, now: datetime) -> list[str]:
    """Who else is writing at a bulletin now. At a new one everybody is alone."""
    fresh = select(Draft.author).where(Draft.number == number, Draft.author != author, Draft.saved_at > now - AT_IT)
    return list(session.scalars(fresh.order_by(Draft.author))) if number else []


def at_it_in_words(others: list[str]) -> str:
    """The same as a sentence; nothing where nobody else is at it."""
    if not others:
        return ""
    are = "is" if len(others) == 1 else "are"
    return f"{' and '.join(others)} {are} editing this too. Whoever saves second sees both texts; nothing is lost."


def forget_draft(session: Session, author: str, *numbers: str) -> None:
    """Forget what an author did not save, because it is saved or not wanted. Does not commit."""
    session.execute(delete(Draft).where(Draft.author == author, Draft.number.in_(numbers)))


def drop_draft(db: Database, author: str, number: str) -> None:
    """Forget what an author did not save for a bulletin."""
    with db.write() as session:
        forget_draft(session, author, number)


def forget_old_drafts(db: Database, now: datetime) -> None:
    """Forget what was typed long ago and never saved."""
    with db.write() as session:
        session.execute(delete(Draft).where(Draft.saved_at <= now - KEPT))
