from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.db import Base
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch

WIDTH = 1_000_000
"""The batches of wave n have the numbers from (n - 1) * WIDTH on; so have those of the nth group of time zones."""


class WaveState(StrEnum):
    """Where one wave stands."""

    WAITING = "waiting"
    OPEN = "open"  # its copies may go, or have gone
    HELD = "held"  # too much came back from the wave before; staff are asked


class Wave(Base):
    """A part of a run that goes by itself, numbered from 1. The first is open as soon as the run has started.

    `share` is of `bulletin.waves.WHOLE`, `pause` the seconds between the end of the wave before and this one. `due_at`
    is known once the wave before has gone out. `copies` is its size, None before the run started.
    """

    __tablename__ = "wave"
    __table_args__ = (Index("ix_wave_state", "state"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    share: Mapped[int]
    pause: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default=WaveState.WAITING)
    copies: Mapped[int | None]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    opened_by: Mapped[str] = mapped_column(default="")  # the engine, or the colleague who did not wait
    held_because: Mapped[str] = mapped_column(default="")

    @property
    def waits(self) -> timedelta:
        """How long after the wave before."""
        return timedelta(seconds=self.pause)


def first_batch(wave: int) -> int:
    """The number of a wave's first batch."""
    return (wave - 1) * WIDTH


def wave_of(session: Session, copy: Delivery) -> Wave | None:
    """The wave a copy goes in; None where its run goes at once."""
    return session.get(Wave, (copy.run_id, copy.batch // WIDTH + 1))


def is_shut() -> ColumnElement[bool]:
    """Whether a batch belongs to a wave that is not open: nothing may make it due."""
    begins = (Wave.number - 1) * WIDTH
    its = and_(Wave.run_id == Batch.run_id, Batch.number.between(begins, begins + WIDTH - 1))
    return select(Wave.run_id).where(its, Wave.state != WaveState.OPEN).correlate(Batch).exists()
