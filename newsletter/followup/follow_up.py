from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base

_OPEN = text("closed_at IS NULL")
_CLOSED = text("closed_at IS NOT NULL")


class State(StrEnum):
    """Where work stands. Nothing leaves the last one, unless somebody takes back that they want no contact."""

    OPEN = "open"
    TAKEN = "taken"
    HANDED_OVER = "handed_over"  # to the other team, where nobody has taken it yet
    CLOSED = "closed"


class Act(StrEnum):
    """What was done with work."""

    OPENED = "opened"
    TOOK = "took"
    GAVE_BACK = "gave_back"
    POSTPONED = "postponed"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"
    REOPENED = "reopened"


class FollowUp(Base):
    """Work for service or for sales, opened by a rule because of what somebody said.

    While it is open, `open_key` keeps a second one of the same rule about the same machine from being opened; None once
    it is closed. `owner` is the colleague who took it, or closed it; empty where nobody has. `found` is what was
    learned of the machine, by code. `evidence_id` is None where a date opened it.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        Index("ix_follow_up_open", "team", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_follow_up_mine", "owner", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_follow_up_closed", "team", "id", sqlite_where=_CLOSED, postgresql_where=_CLOSED),
        Index("ix_follow_up_account", "account_id"),
        Index("ix_follow_up_person", "person_id"),
        Index("ix_follow_up_evidence", "evidence_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)
    rule: Mapped[str]
    rule_version: Mapped[int]
    cause: Mapped[str]  # a causes.Cause
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    team: Mapped[str]  # a rules.Team
    what: Mapped[str]
    due_on: Mapped[date]
    owner: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=State.OPEN)
    outcome: Mapped[str] = mapped_column(default="")  # an outcomes.Outcome
    found: Mapped[str] = mapped_column(default="")  # an outcomes.Found
    note: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class FollowUpStep(Base):
    """Who did what with work, and when. Append-only.

    `what` is what was to do when it was opened, the day or the team it became, or whose it was before. `outcome` is how
    it went, where it was closed or handed over; empty where nothing was learned.
    """

    __tablename__ = "follow_up_step"
    __table_args__ = (Index("ix_follow_up_step_work", "follow_up_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_up.id"))
    act: Mapped[str]
    who: Mapped[str]  # a colleague's address, or what opened it
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")  # an outcomes.Outcome
    note: Mapped[str] = mapped_column(default="")


def key_of(rule: str, account_id: int, unit_id: int | None) -> str:
    """What two pieces of open work may not share."""
    return f"{rule}:{account_id}:{unit_id or 0}"
