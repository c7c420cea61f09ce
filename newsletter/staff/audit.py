from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class AuditEntry(Base):
    """Who did what to what. Append-only; written in the transaction of the act."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str]
