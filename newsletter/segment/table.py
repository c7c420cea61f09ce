from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Segment(Base):
    """A saved audience. What it says stands in its versions; `version` is the one that holds.

    A deleted one keeps its row and its key, so that a bulletin that names it can never mean another one.
    """

    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str] = mapped_column(default="")


class SegmentVersion(Base):
    """What a segment says, from the moment it was written until the next version. Append-only."""

    __tablename__ = "segment_version"
    __table_args__ = (UniqueConstraint("segment_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"))
    version: Mapped[int]
    name: Mapped[str]
    definition: Mapped[str]  # `segment.reading.as_json`
    author: Mapped[str]
    written_at: Mapped[datetime]


class Listed(StrEnum):
    """What the values of a list are."""

    SERIALS = "serials"
    ACCOUNTS = "accounts"


class SegmentList(Base):
    """Serial numbers or account numbers that somebody brought in a file. What stands on record for them may change."""

    __tablename__ = "segment_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]  # a Listed
    author: Mapped[str]
    written_at: Mapped[datetime]


class SegmentListValue(Base):
    """One value of a list, as it stands on record where it was known, else as it was brought."""

    __tablename__ = "segment_list_value"
    list_id: Mapped[int] = mapped_column(ForeignKey("segment_list.id"), primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
