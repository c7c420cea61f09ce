from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Draft(Base):
    """What a colleague typed and has not saved: one text for a bulletin, which may not be a bulletin yet.

    `number` is the bulletin's, empty for a new one. `seen` is the stamp of the text it began with.
    """

    __tablename__ = "draft"

    author: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    seen: Mapped[str]
    saved_at: Mapped[datetime]
