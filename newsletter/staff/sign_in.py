"""Who is signed in: a row each time, so that signing out ends a copied cookie too."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.db import Base, Database
from newsletter.staff.secret import fingerprint, new_secret

LONGEST = timedelta(days=7)
"""After that a colleague signs in again, however busy the page was."""


class SignIn(Base):
    """One sign-in of a colleague, open until `ended_at` or LONGEST."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    signed_in_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def sign_in(db: Database, user_id: int, now: datetime) -> str:
    """The key of a new sign-in; the browser keeps it."""
    key = new_secret()
    with db.write() as session:
        session.add(SignIn(user_id=user_id, sha256=fingerprint(key), signed_in_at=now))
    return key


def sign_out(db: Database, key: str, now: datetime) -> None:
    """End the sign-in of a key, wherever the key was copied to."""
    with db.write() as session:
        _end(session, SignIn.sha256 == fingerprint(key), now)


def end_all(session: Session, user_id: int, now: datetime) -> None:
    """End every sign-in of a colleague. Does not commit."""
    _end(session, SignIn.user_id == user_id, now)


def is_signed_in(session: Session, user_id: int, key: str, now: datetime) -> bool:
    """Whether a key belongs to an open sign-in of a colleague."""
    is_open = (SignIn.ended_at.is_(None)) & (SignIn.signed_in_at > now - LONGEST)
    mine = (SignIn.sha256 == fingerprint(key)) & (SignIn.user_id == user_id)
    return session.scalar(select(SignIn.id).where(mine, is_open)) is not None


def _end(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    session.execute(update(SignIn).where(which, SignIn.ended_at.is_(None)).values(ended_at=now))
