from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base


class Person(Base):
    """Somebody at an account whom we may write to, if a consent says so. An address belongs to one person."""

    __tablename__ = "person"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]  # as we write to it
    address_key: Mapped[str] = mapped_column(unique=True)  # audience.address.Address.key
    salutation: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")  # BCP 47
    zone: Mapped[str] = mapped_column(default="")  # IANA
    phone: Mapped[str] = mapped_column(default="", server_default="")  # as the ERP writes it
    created_at: Mapped[datetime]

    @property
    def name(self) -> str:
        """First and last name, or the address where we know neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.address


class Affiliation(Base):
    """A person stands at an account, in a role there."""

    __tablename__ = "affiliation"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(default="")
