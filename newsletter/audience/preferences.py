"""What somebody wishes beyond yes and no: how often, not before when, about which machines. A default has no row."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Frequency(StrEnum):
    """How often somebody wants our mails."""

    EACH = "each"
    WEEKLY = "weekly"  # together in one mail
    MONTHLY = "monthly"
    SAFETY = "safety"  # bulletins of class safety only


DIGESTS = (Frequency.WEEKLY, Frequency.MONTHLY)
"""Who chose one of these gets bulletins in a digest; those of class safety come at once all the same."""


class Subject(StrEnum):
    """What a wish is about."""

    FREQUENCY = "frequency"
    PAUSE = "pause"
    LANGUAGE = "language"
    MACHINE = "machine"
    CONTACT = "contact"


class Preference(Base):
    """Where one person's wishes stand. Derived: `Wish` is the record, written in the same transaction.

    `paused_until` is the first moment of `paused_until_day` where the person is, the day they chose.
    `no_contact_since` is when they asked that nobody calls or writes to them about what they told us.
    """

    __tablename__ = "preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    frequency: Mapped[str] = mapped_column(default=Frequency.EACH)
    paused_until: Mapped[datetime | None]
    paused_until_day: Mapped[date | None]
    no_contact_since: Mapped[datetime | None]


class MutedUnit(Base):
    """A machine that a person wants no bulletins about, those of class safety apart."""

    __tablename__ = "muted_unit"
    __table_args__ = (Index("ix_muted_unit_unit", "unit_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class Wish(Base):
    """One dated change of a preference. Append-only. What was chosen of a topic is a `Consent` instead.

    `before` and `after` are codes: a `Frequency`, an ISO day or "", a language, "on" or "off".
    """

    __tablename__ = "wish"
    __table_args__ = (Index("ix_wish_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # where a machine is the subject
    before: Mapped[str]
    after: Mapped[str]
    wished_at: Mapped[datetime]
    source: Mapped[str]  # "preferences page"
