from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class AttachedFile(Base):
    """A file that bulletins may take with them, under the name their readers see. A row never changes.

    `digest` tells the content: another file may come under this name when this one is deleted, and what was approved
    with this one was not approved with that.
    """

    __tablename__ = "attachment"

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    kind: Mapped[str]  # a media type
    octets: Mapped[int]
    digest: Mapped[str]  # SHA-256 of the content
    author: Mapped[str]
    kept_at: Mapped[datetime]
