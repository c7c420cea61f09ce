from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base


class CheckInRule(Base):
    """When an account counts as silent, and for how long it is left alone after it was asked. One row, or none."""

    __tablename__ = "check_in_rule"

    id: Mapped[int] = mapped_column(primary_key=True)  # 1
    silent_months: Mapped[int]
    period_months: Mapped[int]


class CheckInText(Base):
    """The letter in one language as staff wrote it; where there is no row, the built-in one is sent.

    A text is data: {vendor} and {machines} are put into it, and nothing else. Paragraphs are parted by empty lines.
    """

    __tablename__ = "check_in_text"

    language: Mapped[str] = mapped_column(primary_key=True)  # one that we speak
    subject: Mapped[str]
    body: Mapped[str]
    author: Mapped[str]
    written_at: Mapped[datetime]


class CheckInRound(Base):
    """Some accounts asked at once by a colleague, and by which rule they were silent."""

    __tablename__ = "check_in_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str]
    started_at: Mapped[datetime]
    silent_months: Mapped[int]
    period_months: Mapped[int]


class CheckIn(Base):
    """One account asked through one person. The letter itself is posted under the key `letter_key`.

    `person_id` is None once the person was erased. `words` are theirs, to the letter.
    """

    __tablename__ = "check_in"
    __table_args__ = (
        UniqueConstraint("round_id", "account_id"),
        Index("ix_check_in_account", "account_id", "asked_at"),
        Index("ix_check_in_person", "person_id", "asked_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("check_in_round.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    units: Mapped[str]  # ids of the machines asked about, "12,45"
    because: Mapped[str]  # why this person, as staff read it
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]  # the first answer of any kind
    not_me_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(default="")

    @property
    def letter_key(self) -> str:
        """The key under which the letter is posted, and the name of the occasion in evidence."""
        return letter_key(self.id)


def letter_key(check_in_id: int | str) -> str:
    """The key of a check-in's letter; of an empty id what all of them begin with."""
    return f"check-in:{check_in_id}"
