from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Suppression(Base):
    """An address we never write to again, whatever the topic: left everything, complained, or does not exist.

    It outlives the person's row and survives every import. `address_key` is that of the address, or where its person
    was erased a hash of it (`audience.barred`). `lifted_at` is set by staff with a reason, or by a double opt-in where
    they left by themselves; never by a file.
    """

    __tablename__ = "suppression"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_key: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    source: Mapped[str]
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_because: Mapped[str] = mapped_column(default="")


LEFT_EVERYTHING = "left everything"
COMPLAINED = "complaint"
ERASED = "erased"
