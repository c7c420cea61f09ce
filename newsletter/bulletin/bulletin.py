from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Bulletin(Base):
    """One piece of news under one number ("TB-2026-014"), through all its versions."""

    __tablename__ = "bulletin"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class Version(Base):
    """The text of a bulletin at one time: front matter and Markdown as written (`bulletin.source` reads it).

    The newest version is edited in place until a run uses it; then it is frozen and the next edit opens a new one, so
    an edit never changes a copy that was sent.
    """

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("bulletin_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"))
    revision: Mapped[int]
    title: Mapped[str]
    source: Mapped[str]
    author: Mapped[str]
    written_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    archive: Mapped[bool | None]  # whether everybody may read it; None: as its topic is
