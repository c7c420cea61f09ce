from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Note(Base):
    """Free text somebody left about an account or one of its units, kept as written and never interpreted."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    text: Mapped[str]
    author: Mapped[str]  # a colleague's address, or the import's source
    noted_at: Mapped[datetime]
