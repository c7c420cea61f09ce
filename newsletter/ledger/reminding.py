"""The reminders of a safety run: planned when it starts, and carried out by `checkin.remind`."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.bulletin.source import Source
from newsletter.db import Base, Database
from newsletter.ledger.run import Run


class Reminding(Base):
    """Where the reminders of one run stand. `due_at` is when the next ones go out; None when they are over.

    `number` is the reminder that goes out next, from 1. It goes out some copies at a time: `after_delivery_id` is the
    last copy that was looked at. `ended_because` is one of `checkin.remind.Ended`, empty while they go on.
    """

    __tablename__ = "reminding"
    __table_args__ = (Index("ix_reminding_due", "due_at"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    days: Mapped[int]
    at_most: Mapped[int]
    number: Mapped[int] = mapped_column(default=1)
    after_delivery_id: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    ended_because: Mapped[str] = mapped_column(default="")


def plan_reminders(session: Session, run: Run, source: Source, now: datetime) -> None:
    """Plan the reminders that a bulletin asks for, if it asks for any. Does not commit."""
    if source.remind is not None:
        due_at = days_later(now, source.remind.days, run.zone)
        days, at_most = source.remind.days, source.remind.at_most
        session.add(Reminding(run_id=run.id, days=days, at_most=at_most, due_at=due_at))


def due_reminders(db: Database, now: datetime) -> list[int]:
    """The runs whose reminders have to go out."""
    with db.read() as session:
        return list(session.scalars(select(Reminding.run_id).where(Reminding.due_at <= now).order_by(Reminding.run_id)))


def days_later(at: datetime, days: int, zone: str) -> datetime:
    """The same time of day so many days later where a run was ordered for; UTC where it was ordered for now.

    An hour that a clock skips is reckoned as if it were there (PEP 495), so nothing falls out.
    """
    local = at.astimezone(ZoneInfo(zone or "UTC"))
    return (local + timedelta(days=days)).astimezone(at.tzinfo)
