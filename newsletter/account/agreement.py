from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Agreement(Base):
    """A maintenance contract on a unit, until a date. A renewal is a further row."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("unit_id", "until"), Index("ix_agreement_until", "until"))

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    until: Mapped[date]
    source: Mapped[str]
    recorded_at: Mapped[datetime]
