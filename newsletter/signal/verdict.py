from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Verdict(Base):
    """What the evidence added up to when it last changed: for lists and reports.

    Derived: a page that shows one record weighs the evidence anew. One row a unit, and one an account (`unit_id` 0).
    `last_sign_at` is the newest observation that told something, by its `last_kind`; of an account, that of all units.
    """

    __tablename__ = "verdict"
    __table_args__ = (Index("ix_verdict_state", "state"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str]
    p_used: Mapped[float]
    weighed_at: Mapped[datetime]
    last_sign_at: Mapped[datetime | None]
    last_kind: Mapped[str] = mapped_column(default="", server_default="")
