"""What a colleague set for their own inbox: views by name, and when a mail tells them what waits."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Every(StrEnum):
    """How often a mail comes."""

    NEVER = "never"
    DAY = "day"  # from Monday to Friday
    WEEK = "week"


class WorkView(Base):
    """A view of the inbox under a name: `wish` is the query of its address."""

    __tablename__ = "work_view"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    wish: Mapped[str]


class WorkDigest(Base):
    """When a colleague is told by mail what waits. `due_at` is when next; None for never.

    `hour` is on the clock of the house, `weekday` from 0 for Monday, where it comes once a week.
    """

    __tablename__ = "work_digest"
    __table_args__ = (Index("ix_work_digest_due", "due_at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False)
    every: Mapped[str]
    hour: Mapped[int]
    weekday: Mapped[int]
    due_at: Mapped[datetime | None]
