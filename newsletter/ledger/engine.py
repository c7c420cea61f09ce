from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class EngineSeen(Base):
    """When an engine last gave a sign of life, and its `trouble` with the relay: why nothing moves."""

    __tablename__ = "engine_seen"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    trouble: Mapped[str] = mapped_column(default="")
