from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base


class AddressChange(Base):
    """A wish to get mail at another address, and what became of it.

    It takes effect when the new mailbox confirms it; then `former` is the address before. The old mailbox may take it
    back.
    """

    __tablename__ = "address_change"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address: Mapped[str]
    address_key: Mapped[str]
    former: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]
