from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class RuleVersion(Base):
    """A rule that staff wrote: a version of one that is built in, by its key, or one of their own.

    What it says never changes. It is in force from `on_since` until `off_since`; one version of a key at a time.
    """

    __tablename__ = "follow_up_rule"
    __table_args__ = (UniqueConstraint("key", "version"), Index("ix_follow_up_rule_on", "on_since", "off_since"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    version: Mapped[int]
    causes: Mapped[str]  # JSON list of causes.Cause
    products: Mapped[str]  # JSON list of models
    agreement: Mapped[bool | None]
    tiers: Mapped[str]  # JSON list
    team: Mapped[str]
    what: Mapped[str]
    due_in_days: Mapped[int]
    because: Mapped[str] = mapped_column(default="")
    author: Mapped[str]
    written_at: Mapped[datetime]
    on_since: Mapped[datetime | None]
    on_by: Mapped[str] = mapped_column(default="")
    off_since: Mapped[datetime | None]
    off_by: Mapped[str] = mapped_column(default="")
