from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Bounce(Base):
    """That a mail to a person came back. Append-only; only what is about the address (`hard`, `soft`) is kept here."""

    __tablename__ = "bounce"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # of the mail that came back: "delivery:12"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address_key: Mapped[str]  # where it went
    is_hard: Mapped[bool]
    status: Mapped[str]  # RFC 3463, empty where none was told
    words: Mapped[str]  # the server's
    happened_at: Mapped[datetime]


class Unreachable(Base):
    """That mails to a person come back, for as long as they have that address and it is not lifted.

    One row a person. An address that changes lifts it by itself, what a person does by one of our mails as well.
    """

    __tablename__ = "unreachable"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    address_key: Mapped[str]
    since: Mapped[datetime]
    because: Mapped[str]  # "5.1.1", or "full or away for weeks"
    lifted_at: Mapped[datetime | None]
    lifted_because: Mapped[str] = mapped_column(default="")
