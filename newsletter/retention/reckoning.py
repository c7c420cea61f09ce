"""Who counts what, and when it was counted last: several engines hear the bell, one of them counts."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.account.unit import Unit
from newsletter.db import Base, Database, rows_changed

PATIENCE = timedelta(hours=2)
"""Whoever began longer ago and did not finish has died meanwhile."""


class Figures(StrEnum):
    """What is counted."""

    MONTHS = "months"
    REACH = "reach"
    CALIBRATION = "calibration"
    VERDICTS = "verdicts"


class Reckoning(Base):
    """When something was counted last, and since when somebody counts it anew. `name` is a `Figures`."""

    __tablename__ = "reckoning"

    name: Mapped[str] = mapped_column(primary_key=True)
    reckoned_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]


def reckoned_at(session: Session, figures: Figures) -> datetime | None:
    """The time the figures hold for; None before they were ever counted."""
    row = session.get(Reckoning, figures.value)
    return row.reckoned_at if row else None


def is_due(db: Database, figures: Figures, now: datetime) -> bool:
    """Whether there are machines, and they were not counted today: the bell rings often, and to look takes no lock.

    A house without machines does not count, so that its first import has not to wait for tomorrow.
    """
    with db.read() as session:
        last = reckoned_at(session, figures)
        return (last is None or last < today(now)) and session.scalar(select(Unit.id).limit(1)) is not None


def today(now: datetime) -> datetime:
    """The first moment of the day, in UTC."""
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC)


def claim(db: Database, figures: Figures, now: datetime, *, older_than: datetime) -> bool:
    """Take the counting on, if it was last done before `older_than` and nobody is at it."""
    with db.write() as session:
        session.execute(_put(session, figures))
        due = or_(Reckoning.reckoned_at.is_(None), Reckoning.reckoned_at < older_than)
        free = or_(Reckoning.claimed_at.is_(None), Reckoning.claimed_at < now - PATIENCE)
        taken = update(Reckoning).where(Reckoning.name == figures.value, due, free).values(claimed_at=now)
        return bool(rows_changed(session, taken))


def settle(session: Session, figures: Figures, now: datetime) -> None:
    """Say that the figures hold for `now`. Does not commit."""
    session.execute(_put(session, figures))
    done = update(Reckoning).where(Reckoning.name == figures.value)
    session.execute(done.values(reckoned_at=now, claimed_at=None))


def release(db: Database, figures: Figures) -> None:
    """Let somebody else count."""
    with db.write() as session:
        session.execute(update(Reckoning).where(Reckoning.name == figures.value).values(claimed_at=None))


def _put(session: Session, figures: Figures) -> Insert:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(Reckoning).values(name=figures.value).on_conflict_do_nothing()
