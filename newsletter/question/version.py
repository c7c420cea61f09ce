"""What staff make of the questions: versions of their words, which is in force where, and which are tried."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base


class Wording(Base):
    """One version of the questions' words, numbered after the built-in ones, which have no row.

    It is edited in place until a reader may see it; then it is frozen, and the next edit makes a new version of it.
    `reasons` are the codes asked, in their order, with commas between; a code that is missing is switched off. `base`
    is the version it was made from.
    """

    __tablename__ = "wording"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    base: Mapped[int]
    reasons: Mapped[str]
    author: Mapped[str]
    written_at: Mapped[datetime]
    revision: Mapped[int]  # counts edits, so that two colleagues notice each other
    frozen_at: Mapped[datetime | None]


class WordingLine(Base):
    """One line (`wording.LINES`) of a version in one language. What has no row stays as our catalogues have it."""

    __tablename__ = "wording_line"

    number: Mapped[int] = mapped_column(ForeignKey("wording.number"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[str]


class WordingChoice(Base):
    """From then on a topic is asked in this version. Append-only: the newest row of a topic counts.

    `topic_id` None is every topic without a choice of its own; `number` None gives a topic back to that. Neither is a
    foreign key: built-in versions have no row, and readers of a topic that is gone are asked still.
    """

    __tablename__ = "wording_choice"
    __table_args__ = (Index("ix_wording_choice_topic_id", "topic_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int | None]
    number: Mapped[int | None]
    since: Mapped[datetime]
    by: Mapped[str]


class WordingExperiment(Base):
    """Two versions tried against each other on one topic; `share` per cent of its people are asked in the second.

    Its id decides who is asked in which (`experiment.arm`), so it must never be given again.
    """

    __tablename__ = "wording_experiment"
    __table_args__ = (
        Index(
            "ix_wording_experiment_running",
            "topic_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int]
    first: Mapped[int]
    second: Mapped[int]
    share: Mapped[int]
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str]
