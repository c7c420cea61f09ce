from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Means(StrEnum):
    """How we were in touch."""

    CALL = "call"
    VISIT = "visit"
    MAIL = "mail"


class About(StrEnum):
    """What we were in touch about."""

    RENEWAL = "renewal"
    MACHINE = "machine"
    OFFER = "offer"
    THEM = "them"  # how they are, and nothing else
    OTHER = "other"


class Contact(Base):
    """A colleague was in touch with an account, and wrote it down. `happened_at` is midnight UTC of the day."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_account", "account_id", "happened_at"), Index("ix_contact_person", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # None: not said, or erased since
    means: Mapped[str]
    about: Mapped[str]
    happened_at: Mapped[datetime]
    words: Mapped[str] = mapped_column(default="")
    author: Mapped[str]  # a colleague's address
    noted_at: Mapped[datetime]
