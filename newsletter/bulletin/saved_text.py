from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class SavedText(Base):
    """The text of a bulletin as somebody saved it. Append-only: a version that was not sent is edited in place.

    `revision` is that of the version it was saved into.
    """

    __tablename__ = "saved_text"
    __table_args__ = (Index("ix_saved_text_bulletin", "bulletin_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"))
    revision: Mapped[int]
    source: Mapped[str]
    author: Mapped[str]
    saved_at: Mapped[datetime]
