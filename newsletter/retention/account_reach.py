from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base

_AT_RENEWAL = text("only_at_renewal")


class Unreached(StrEnum):
    """Why nobody at an account can be reached by mail; `REACHED` where somebody can."""

    REACHED = ""
    NO_PERSON = "no_person"
    BOUNCED = "bounced"
    OPTED_OUT = "opted_out"
    PAUSED = "paused"
    NO_CONSENT = "no_consent"
    SEVERAL = "several"  # one for this reason, another for that


class AccountReach(Base):
    """Whether anybody at an account with machines can be reached, and who was in touch with it last. Derived.

    `why` is an `Unreached`. `only_at_renewal`: under or lately under an agreement, and we were in touch around its end
    only. `service_at` and `sales_at` are when a colleague of either was in touch last.
    """

    __tablename__ = "account_reach"
    __table_args__ = (
        Index("ix_account_reach_why", "why", "account_id"),
        Index("ix_account_reach_renewal", "account_id", sqlite_where=_AT_RENEWAL, postgresql_where=_AT_RENEWAL),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    why: Mapped[str]
    machines: Mapped[int]
    people: Mapped[int]
    only_at_renewal: Mapped[bool]
    service_at: Mapped[datetime | None]
    sales_at: Mapped[datetime | None]
