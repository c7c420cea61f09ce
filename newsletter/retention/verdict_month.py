from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Side(StrEnum):
    """By what the installed base is parted."""

    ALL = ""
    PRODUCT = "product"
    COUNTRY = "country"
    OWNER = "owner"


class VerdictMonth(Base):
    """How many machines had which verdict at the end of a month, and which one a year before.

    Derived from the evidence. `side` is a `Side` and `value` the model, country or owner, "" for all or none on record.
    `before` is the verdict twelve months earlier, "" where the machine did not stand yet.
    """

    __tablename__ = "verdict_month"

    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    side: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    machines: Mapped[int]
