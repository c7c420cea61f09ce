from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Account(Base):
    """A company or a private owner we sold to; `number` is the ERP's."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str] = mapped_column(default="")  # ISO 3166-1 alpha-2, empty where unknown
    language: Mapped[str] = mapped_column(default="")  # BCP 47
    zone: Mapped[str] = mapped_column(default="")  # IANA
    created_at: Mapped[datetime]
