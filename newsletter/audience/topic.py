from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base


class Topic(Base):
    """What somebody subscribes to. `key` names it for ever (List-Id, imports); `name` may change."""

    __tablename__ = "topic"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    archive_since: Mapped[datetime | None]  # when staff made its bulletins public; None: they are not


DEFAULT_TOPIC = "bulletins"
"""A consent to "the newsletter" is a consent to this topic; a bulletin that names no other goes to it."""
