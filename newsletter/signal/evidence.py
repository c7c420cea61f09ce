from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base

_LATER = text("supersedes_id IS NOT NULL")


class Evidence(Base):
    """One dated observation about a unit, or about an account where no unit was named. Append-only.

    `key` makes a repeat harmless. A changed answer is a new row that names the one it `supersedes_id`. `says` is None
    where the observation tells nothing about the machine ("I left the firm").
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_account", "account_id", "unit_id"),
        Index("ix_evidence_person", "person_id"),
        Index("ix_evidence_detail", "detail", "observed_at"),
        Index("ix_evidence_bulletin", "bulletin_number"),
        Index("ix_evidence_supersedes", "supersedes_id", sqlite_where=_LATER, postgresql_where=_LATER),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]  # a kinds.Kind
    says: Mapped[str | None]  # a rules.State
    detail: Mapped[str] = mapped_column(default="")  # the answer's code: "used_own_service", "scrapped"
    observed_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    source: Mapped[str]
    bulletin_number: Mapped[str] = mapped_column(default="")
    delivery_id: Mapped[int | None]
    wording_version: Mapped[int | None]
    author: Mapped[str] = mapped_column(default="")  # the colleague who put it down, where it was one
    note: Mapped[str] = mapped_column(default="")
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
