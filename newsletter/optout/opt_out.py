from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base


class Way(StrEnum):
    """How somebody left."""

    PAGE = "page"
    ONE_CLICK = "one_click"  # RFC 8058
    PREFERENCES = "preferences"
    MAIL = "mail"  # to the address in List-Unsubscribe (RFC 2369)
    COMPLAINT = "complaint"  # their provider's report (RFC 5965)
    STAFF = "staff"  # a colleague noted what they said


class OptOut(Base):
    """The act of leaving a topic, by a copy of a bulletin. Neither is a foreign key: the act outlives both.

    `everything_at` is when the same person, by the same copy, stopped everything; None where they left the topic only.
    """

    __tablename__ = "opt_out"
    __table_args__ = (
        Index("ix_opt_out_person", "person_id"),
        Index("ix_opt_out_at", "left_at"),
        Index("ix_opt_out_delivery", "delivery_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=True)  # NULL where they were erased
    topic_id: Mapped[int]
    delivery_id: Mapped[int | None]
    way: Mapped[str]
    left_at: Mapped[datetime]
    everything_at: Mapped[datetime | None]
    suppressed: Mapped[bool] = mapped_column(default=False)  # this act, no other, put the address on the suppressions
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(default="")  # "opt-out page", or a colleague


class Withdrawal(Base):
    """What one opt-out took away: a consent (`consent_id` withdraws it), and where the person stood before.

    The former fields are None where they had not agreed to the topic. The topic may be gone by now.
    """

    __tablename__ = "withdrawal"

    opt_out_id: Mapped[int] = mapped_column(ForeignKey("opt_out.id"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(primary_key=True)
    consent_id: Mapped[int]
    former_state: Mapped[str | None]
    former_consent_id: Mapped[int | None]
