"""What was asked to be looked up outside for a version, and what came of it: one row a link, one a sender's domain."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, literal, select, text, union_all
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base, Database

_WAITS = text("checked_at IS NULL")


class LinkCheck(Base):
    """A link or image of a version. The web asks (`asked_at`), an engine claims and answers.

    `outcome` is a `probe.answer.Outcome`; `octets` the weight of what is there, 0 where that is not known.
    """

    __tablename__ = "link_check"
    __table_args__ = (Index("ix_link_check_waits", "asked_at", sqlite_where=_WAITS, postgresql_where=_WAITS),)

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(primary_key=True)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    status: Mapped[int] = mapped_column(default=0)  # HTTP
    octets: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(default="")


class DomainCheck(Base):
    """What receivers find in DNS about our sender.

    `return_path` is the domain that SPF is about; `keys` are the names of DKIM records, with spaces between. `found`
    is JSON: rows of (what, whether it is well, sentence, what to do).
    """

    __tablename__ = "domain_check"

    domain: Mapped[str] = mapped_column(primary_key=True)  # of the From address
    return_path: Mapped[str]
    keys: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    found: Mapped[str] = mapped_column(default="")


def is_anything_asked(db: Database) -> bool:
    """Whether somebody waits for an answer."""
    asked = (select(literal(1)).where(row.checked_at.is_(None)) for row in (LinkCheck, DomainCheck))
    with db.read() as session:
        return session.scalar(union_all(*asked).limit(1)) is not None
