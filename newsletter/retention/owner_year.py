from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class OwnerYear(Base):
    """How the accounts of one owner fared in the last twelve months, "" for those that have none on record. Derived.

    Accounts are those with machines: how many there are, how many we reach by mail, and with how many a colleague from
    service, from sales or from either was in touch. `agreements` ended, of which so many were `renewed`; people
    `opted_out`, of whom so many stand where a machine is used still (`customers_still`).
    """

    __tablename__ = "owner_year"

    owner: Mapped[str] = mapped_column(primary_key=True)
    accounts: Mapped[int] = mapped_column(default=0)
    reached: Mapped[int] = mapped_column(default=0)
    by_service: Mapped[int] = mapped_column(default=0)
    by_sales: Mapped[int] = mapped_column(default=0)
    by_anybody: Mapped[int] = mapped_column(default=0)
    agreements: Mapped[int] = mapped_column(default=0)
    renewed: Mapped[int] = mapped_column(default=0)
    opted_out: Mapped[int] = mapped_column(default=0)
    customers_still: Mapped[int] = mapped_column(default=0)
