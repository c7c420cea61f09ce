from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Digest(Base):
    """One letter with all that somebody has not had since the last one. There is one for each `slot_at` at most.

    `slot_at` is when it was due, `slot_day` that day where the person is. `person_id` is no foreign key, because the
    record outlives the person.
    """

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("person_id", "slot_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    slot_at: Mapped[datetime]
    slot_day: Mapped[date]
    gathered_at: Mapped[datetime]


class DigestEntry(Base):
    """A bulletin that a digest told somebody of: each bulletin once, in one version."""

    __tablename__ = "digest_entry"
    __table_args__ = (Index("ix_digest_entry_digest", "digest_id"),)

    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bulletin_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version_id: Mapped[int]
    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id"))
