from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Erasure(Base):
    """That somebody was erased: a keyed hash of the address and when, so that a restored backup is erased again."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_hash: Mapped[str]
    erased_at: Mapped[datetime]
