from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class AccountFact(Base):
    """One small thing a colleague knows of an account. Append-only: the newest of a `subject` is what we know now.

    `subject` is a `known.Subject`, `value` one of its codes or, where it has none, free words; `words` are added in
    passing. A row without value says that what was known is not known any more.
    """

    __tablename__ = "account_fact"
    __table_args__ = (Index("ix_account_fact_account", "account_id", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    subject: Mapped[str]
    value: Mapped[str]
    on_day: Mapped[date | None]  # the day it is about, where it is about one
    words: Mapped[str] = mapped_column(default="")
    author: Mapped[str]
    noted_at: Mapped[datetime]
