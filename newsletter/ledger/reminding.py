"""The reminders of a safety run: planned when it starts, and carried out by `checkin.remind`."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.bulletin.asking import Remind, remind_in
from newsletter.bulletin.source import BulletinClass, Source
from newsletter.db import Base, Database
from newsletter.errors import BadTime
from newsletter.ledger.run import Run
from newsletter.ledger.wave import Wave


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


def remind_of(run: Run, source: Source) -> Remind | None:
    """How the readers of a run are reminded: as it was ordered, else as the bulletin says; None where they are not."""
    return remind_in(run.remind) if run.remind else source.remind


def need_machines(source: Source) -> None:
    """Raises BadTime where nobody can acknowledge anything: reminders are of machines that a safety bulletin names."""
    if source.klass is not BulletinClass.SAFETY or not source.models:
        raise BadTime(
            "Only a safety bulletin that names machines reminds.",
            hint="Send it without reminders, or write `class: safety` and `models:`.",
        )


def plan_reminders(session: Session, run: Run, source: Source, now: datetime) -> None:
    """Plan the reminders that a run or its bulletin asks for, if one does. Does not commit."""
    remind = remind_of(run, source)
    if remind is not None:
        due_at = first_reminder(session, run, remind, now)
        session.add(Reminding(run_id=run.id, days=remind.days, at_most=remind.at_most, due_at=due_at))


def first_reminder(session: Session, run: Run, remind: Remind, start: datetime) -> datetime:
    """When the first reminder of a run goes that starts then: so many days after the last wave, or the last clock."""
    waits = session.scalar(select(func.sum(Wave.pause)).where(Wave.run_id == run.id)) or 0
    return days_later(max(start, run.until or start) + timedelta(seconds=int(waits)), remind.days, run.zone)


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
