from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Attempts(Base):
    """How often something was tried in the window that ends at `until`. The key is hashed: it may hold an address."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_until", "until"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    until: Mapped[datetime]
