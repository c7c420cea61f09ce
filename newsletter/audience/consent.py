"""What a person agreed to or withdrew, as dated facts, and where that leaves them now."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class ConsentAct(StrEnum):
    """One thing that happened to a consent."""

    GRANTED = "granted"
    CONFIRMED = "confirmed"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"  # a withdrawal was taken back: what stood before it stands again


class Consent(Base):
    """One dated fact about one person and one topic. Append-only: GDPR Art. 7(1) wants the proof kept.

    `happened_at` is when the source says it was (None where it names none); `recorded_at` is when we learnt of it.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person", "person_id", "topic_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    act: Mapped[str]
    happened_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    source: Mapped[str]  # "Messe EMO 2023", "import installed_base.csv", "opt-out page"
    wording: Mapped[str] = mapped_column(default="")  # what they saw, where we know it
    delivery_id: Mapped[int | None]  # the copy that led here; no foreign key, it outlives the run
    request_id: Mapped[int | None]  # the SubscriptionRequest that proves it


class Subscription(Base):
    """Where the consents of one person to one topic leave them: the newest fact, kept beside for fast enrolment.

    After a `RESTORED` it is the fact that stood before the withdrawal: the proof we write on is that one.

    Derived: `Consent` is the truth, written in the same transaction.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_topic_state", "topic_id", "state"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"), primary_key=True)
    state: Mapped[str]  # a ConsentAct
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"))


MAY_WRITE = (ConsentAct.GRANTED, ConsentAct.CONFIRMED)
"""The newest fact must be one of these before anything is sent."""
