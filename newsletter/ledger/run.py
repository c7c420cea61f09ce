from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base

_UNTALLIED = text("tally IS NULL")


class RunState(StrEnum):
    """Where one sending stands."""

    SCHEDULED = "scheduled"
    LATE = "late"  # it came due while no engine ran or nobody had approved it, too long ago to start without asking
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Run(Base):
    """One sending of one bulletin version to one audience.

    `due_at` is when it starts; `due_local` and `zone` are what was chosen ("2026-12-01T09:00", "Europe/Berlin").
    After `start_by` it is not started but asked about; None: it starts however late it is. `is_theirs`: each copy goes
    when it is `due_local` where its reader is; `until` is when that is so for the last of them.
    `seed` makes Message-IDs that stay the same on a retry and never repeat, even after a restore from a backup.
    """

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    state: Mapped[str]
    due_at: Mapped[datetime]
    start_by: Mapped[datetime | None]
    due_local: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="")
    seed: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[datetime]
    is_safety: Mapped[bool] = mapped_column(default=False)  # such a bulletin goes to who paused, too
    started_at: Mapped[datetime | None]
    started_by: Mapped[str] = mapped_column(default="")  # the engine that won the start
    finished_at: Mapped[datetime | None]
    left_out: Mapped[str | None]  # who got no copy, counted by rule when it started, as JSON; None before
    first_copy_id: Mapped[int | None]  # all its copies lie between these, and some of other runs may
    last_copy_id: Mapped[int | None]
    is_theirs: Mapped[bool] = mapped_column(default=False)
    until: Mapped[datetime | None]
    remind: Mapped[str] = mapped_column(default="")  # "every 14 days, at most 3", in place of what the bulletin says


class RunSegment(Base):
    """The saved audience a run was started with, as it was then: why somebody was in it can be told for ever."""

    __tablename__ = "run_segment"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    key: Mapped[str]
    version: Mapped[int]
    definition: Mapped[str]  # JSON
    words: Mapped[str]


class Batch(Base):
    """A slice of a run that one engine at a time works on. `due_at` is when it may need work; None while it needs none.

    `engine` and `lease_until` are the lease: taken and renewed by conditional UPDATE, void when the time is past.
    `tally` is what `ledger.tally` keeps; None where the copies must be counted. `variant` is the text that its copies
    get, empty where there is one only, or before it is known which one.
    """

    __tablename__ = "batch"
    __table_args__ = (
        Index("ix_batch_due", "due_at"),
        Index("ix_batch_untallied", "run_id", "number", sqlite_where=_UNTALLIED, postgresql_where=_UNTALLIED),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[datetime | None]
    engine: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime | None]
    tally: Mapped[str | None]
    variant: Mapped[str] = mapped_column(default="", server_default="")


BatchKey = tuple[int, int]
"""Run id and number of a batch."""
