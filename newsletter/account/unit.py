from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base


class Unit(Base):
    """One machine: a model and a serial number, at one account.

    `serial_prefix` and `serial_number` are the serial taken apart (`split_serial`), so that a range is an index scan.
    """

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("product_id", "serial"),
        Index("ix_unit_range", "product_id", "serial_prefix", "serial_number"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    serial: Mapped[str] = mapped_column(index=True)
    serial_prefix: Mapped[str]
    serial_number: Mapped[int | None]
    installed_on: Mapped[date | None]
    firmware: Mapped[str] = mapped_column(default="", server_default="", index=True)  # empty where it is not known
    created_at: Mapped[datetime]
