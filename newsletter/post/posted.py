from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base

_OPEN = text("state IN ('waiting', 'trying')")


class LetterState(StrEnum):
    """Where a letter stands. Only `waiting` is ever sent; nothing leaves the last four."""

    WAITING = "waiting"
    TRYING = "trying"  # an engine has it in hand
    SENT = "sent"
    REFUSED = "refused"  # by the server for good, or by us because it cannot be sent
    GIVEN_UP = "given_up"  # put off for days
    TAKEN_BACK = "taken_back"  # its reader left before it went out
    IN_DOUBT = "in_doubt"  # whoever had it in hand is gone: it may have left


DIGEST = "digest"
"""The kind of the one letter that belongs to a list of its own, as bulletins do to that of their topic."""


class PostedLetter(Base):
    """A letter to send once. `key` names the occasion: there is never a second letter with the same.

    `person_id` is no foreign key, because the record of a letter outlives the person; None for an address that belongs
    to nobody yet. `text` and `html` are emptied when the letter has left or never will.
    """

    __tablename__ = "posted_letter"
    __table_args__ = (
        Index("ix_posted_letter_open", "state", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_posted_letter_person", "person_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    address: Mapped[str]
    person_id: Mapped[int | None]
    language: Mapped[str]  # the one it is written in
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    leave_link: Mapped[str] = mapped_column(default="")  # its one-click address (RFC 8058), where there is one
    in_reply_to: Mapped[str] = mapped_column(default="")  # the Message-ID of the mail it answers (RFC 3834)
    posted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=LetterState.WAITING)
    engine: Mapped[str] = mapped_column(default="")  # who took it last
    taken_at: Mapped[datetime | None]
    tried: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(default="")  # the server's last words
    settled_at: Mapped[datetime | None]
