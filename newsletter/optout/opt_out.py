from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base


class Way(StrEnum):
    """How somebody left."""

    PAGE = "page"
    ONE_CLICK = "one_click"  # RFC 8058


class OptOut(Base):
    """The act of leaving a topic, by a copy of a bulletin. Neither is a foreign key: the act outlives both.

    `everything_at` is when the same person, by the same copy, stopped everything; None where they left the topic only.
    """

    __tablename__ = "opt_out"
    __table_args__ = (Index("ix_opt_out_person", "person_id"), Index("ix_opt_out_at", "left_at"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    topic_id: Mapped[int]
    delivery_id: Mapped[int | None]
    way: Mapped[str]
    left_at: Mapped[datetime]
    everything_at: Mapped[datetime | None]
