from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Picture(Base):
    """A picture as readers get it: drawn anew by us, with nothing of the file it came as but what is to be seen.

    `name` tells its content and size (`message.picture`), so a row never changes. `alt` is what was said of it when it
    came; a text says it in its own language.
    """

    __tablename__ = "picture"

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    kind: Mapped[str]  # a media type
    octets: Mapped[int]
    alt: Mapped[str]
    author: Mapped[str]
    kept_at: Mapped[datetime]
