from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Approval(Base):
    """One question to a second colleague, whether a version may be sent as it stands, and the answer.

    It holds for as long as the seal of the version is `seal` (`bulletin.approve.seal_of`): an edit voids it. `source`
    is the text that was shown, kept because a version that was never sent is edited in place. `is_approved` is None
    until somebody answers.
    """

    __tablename__ = "approval"
    __table_args__ = (Index("ix_approval_version", "version_id", "seal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    seal: Mapped[str]
    source: Mapped[str]
    audience: Mapped[int]  # people it would have gone to when it was asked for
    preflight: Mapped[str]  # what preflight said then, in a sentence
    note: Mapped[str]  # to the colleague who is asked
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    is_approved: Mapped[bool | None]
    words: Mapped[str] = mapped_column(default="")  # of who answered
    answered_by: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
