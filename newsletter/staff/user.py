from datetime import datetime
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from newsletter.db import Base
from newsletter.errors import BadAddress


class Duty(StrEnum):
    """What a colleague is here for. Who has none gets no page at all."""

    MARKETER = "marketer"  # writes and sends bulletins
    SERVICE = "service"  # reads accounts and why people leave, and acts on it
    SALES = "sales"  # sees what service sees
    ADMIN = "admin"  # everything


class Role(Base):
    """One duty as a row, so that it can be given and taken away."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)  # a Duty


class UserRole(Base):
    """A colleague has a role."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)


class User(Base):
    """A colleague. `password` is an argon2 hash, None until the one-time link was used.

    `fs_uniquifier` names the colleague in cookies (the sign-in library's word); a new one makes every cookie worthless.
    """

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # as `read_email` spells it
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    roles: Mapped[list[Role]] = relationship(secondary="user_role", lazy="selectin")


def read_email(text: str) -> str:
    """A colleague's address in the one spelling we keep. Raises BadAddress."""
    try:
        valid = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise BadAddress(f"{text.strip()[:100]!r} is no e-mail address.", hint=str(error)) from error
    return valid.normalized.casefold()
