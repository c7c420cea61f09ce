from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, Select, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base, Database, rows_changed
from newsletter.ledger.run import Run, RunState

PATIENCE = timedelta(minutes=10)
"""Whoever began to count longer ago and did not finish has died meanwhile."""


class RunFigures(Base):
    """The figures of one run (`results.figures`) as they were at `counted_at`, as JSON; empty before the first time.

    `due_at` is when they are counted anew; None once nobody clicks any more.
    """

    __tablename__ = "run_figures"
    __table_args__ = (Index("ix_run_figures_due", "due_at"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    due_at: Mapped[datetime | None]
    counted_at: Mapped[datetime]
    figures: Mapped[str]


def due_figures(db: Database, now: datetime) -> list[int]:
    """The runs to count, those never counted first: the bell rings often, and to look takes no lock."""
    with db.read() as session:
        return list(session.scalars(_due(now)))


def take_up(db: Database, run_id: int, now: datetime) -> bool:
    """Whether this engine counts a run that is due: others hear the bell too."""
    with db.write() as session:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        first = {"run_id": run_id, "due_at": now, "counted_at": now, "figures": ""}
        session.execute(insert(RunFigures).values(first).on_conflict_do_nothing())
        mine = update(RunFigures).where(RunFigures.run_id == run_id, RunFigures.run_id.in_(_due(now)))
        values = {"due_at": now + PATIENCE, "counted_at": now}
        return bool(rows_changed(session, mine.values(values).execution_options(synchronize_session=False)))


def _due(now: datetime) -> Select[int]:
    # A run may go on after it was over, when its figures would be due tomorrow.
    goes_on_again = (Run.state == RunState.SENDING) & (RunFigures.counted_at < now - PATIENCE)
    is_due = or_(RunFigures.run_id.is_(None), RunFigures.due_at <= now, goes_on_again)
    started = select(Run.id).outerjoin(RunFigures, RunFigures.run_id == Run.id).where(Run.started_at.is_not(None))
    return started.where(is_due).order_by(RunFigures.due_at, Run.id.desc())
