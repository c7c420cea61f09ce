from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Scope(StrEnum):
    """What the holder of a key may do over the API."""

    READ = "read"
    TELL = "tell"  # evidence
    SEND = "send"  # bulletins


class ApiToken(Base):
    """A key for another system. Only its SHA-256 is kept: the key is 256 random bits, so a slow hash adds nothing."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
