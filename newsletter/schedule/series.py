from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import When
from newsletter.db import Base
from newsletter.pace.local import shown_at
from newsletter.schedule.recurrence import Recurrence, read_recurrence

FIRST_ZONE = "Pacific/Kiritimati"
"""Where each hour comes first: from then on it is due for somebody, if everybody gets it by their own clock."""


class SeriesState(StrEnum):
    """Where a series stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Kind(StrEnum):
    """What goes again and again."""

    REPEAT = "repeat"  # one bulletin, to who has not had it
    DIGEST = "digest"  # one letter with all that somebody has not had of some topics


class Series(Base):
    """What goes again and again: the bulletin `bulletin_id`, or a digest of `topics` (keys, "bulletins,press").

    `plan` is a `schedule.recurrence` in words; `at` ("09:00") is by the clocks of `zone`, or where each person is
    (`is_theirs`). `due_on` is the next day, `due_at` the instant; both None where there is none, as once it has ended.
    Later than that by more than `grace` seconds nothing is sent. Weeks and months are counted from `since`.
    """

    __tablename__ = "series"
    __table_args__ = (Index("ix_series_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(default=Kind.REPEAT)
    bulletin_id: Mapped[int | None] = mapped_column(ForeignKey("bulletin.id"))
    topics: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    plan: Mapped[str]
    at: Mapped[str]
    zone: Mapped[str]
    is_theirs: Mapped[bool] = mapped_column(default=False)
    waves: Mapped[str] = mapped_column(default="")
    hours: Mapped[str] = mapped_column(default="")
    grace: Mapped[int]
    since: Mapped[date]
    state: Mapped[str] = mapped_column(default=SeriesState.ACTIVE)
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    author: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def recurrence(self) -> Recurrence:
        """The plan, read."""
        return read_recurrence(self.plan)

    def wall(self, day: date) -> datetime:
        """The local time of one day, naive."""
        return datetime.combine(day, time.fromisoformat(self.at))

    def instant(self, day: date) -> datetime:
        """When it is due on one day. A time that clocks skip is as much later, of one that comes twice the first."""
        return shown_at(self.wall(day), FIRST_ZONE if self.is_theirs else self.zone)

    def when(self, day: date) -> When:
        """How the run of one day is ordered."""
        return When(
            self.instant(day),
            f"{self.wall(day):%Y-%m-%dT%H:%M}",
            self.zone,
            timedelta(seconds=self.grace),
            waves=read_waves(self.waves),
            is_theirs=self.is_theirs,
            hours=self.hours,
        )

    def go_to(self, day: date | None) -> None:
        """Let this day be the next, or none."""
        self.due_on, self.due_at = day, self.instant(day) if day else None


class Became(StrEnum):
    """What became of one day of a series."""

    SENT = "sent"
    GATHERING = "gathering"  # a digest whose letters are being written
    SKIPPED = "skipped"  # by staff
    MISSED = "missed"  # no engine ran in time, or it was paused
    REFUSED = "refused"  # there was no version that may be sent


class Occurrence(Base):
    """One day of a series, once it is decided. There is one row for each day, so no day is sent twice.

    Of a digest `letters` were posted; it is written for some people at a time, the last of whom is `after_person_id`.
    """

    __tablename__ = "series_day"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    became: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    letters: Mapped[int] = mapped_column(default=0)
    after_person_id: Mapped[int] = mapped_column(default=0)
    why: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    decided_at: Mapped[datetime]
