from datetime import datetime

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Account(Base):
    """A company or a private owner we sold to; `number` is the ERP's.

    `owner` is the colleague or the team of ours that looks after it, `tier` how dear it is to us ("A"): both as the ERP
    or a colleague says, empty where nobody does. A private owner (`is_private`) is an account of one person.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str] = mapped_column(default="", index=True)  # ISO 3166-1 alpha-2, empty where unknown
    language: Mapped[str] = mapped_column(default="")  # BCP 47
    zone: Mapped[str] = mapped_column(default="")  # IANA
    owner: Mapped[str] = mapped_column(default="", server_default="", index=True)
    tier: Mapped[str] = mapped_column(default="", server_default="", index=True)
    is_private: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
