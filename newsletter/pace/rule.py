"""What staff have set. Every change raises `PaceRevision`: one small query tells an engine whether there was one."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.db import Base
from newsletter.pace.hours import Hours
from newsletter.pace.rate import Rate
from newsletter.pace.warming import Warming

EVERY = "*"
"""The name that stands for every domain, or every account, without a rate of its own."""


class Kind(StrEnum):
    """What a rate can be set for."""

    RELAY = "relay"
    DOMAIN = "domain"
    RUN = "run"
    ACCOUNT = "account"


class PaceRate(Base):
    """One rate. `name` is the relay's or domain's name, the id of the run or account, or EVERY."""

    __tablename__ = "pace_rate"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    seconds: Mapped[int]

    @property
    def rate(self) -> Rate:
        """The rate."""
        return Rate(self.count, self.seconds)


class WarmUp(Base):
    """A relay that nobody knows yet: `first` copies on the first day, `factor` times as many on each further one.

    The plan is over on the day that would allow `enough` or more.
    """

    __tablename__ = "warm_up"

    relay: Mapped[str] = mapped_column(primary_key=True)
    began_on: Mapped[date]
    first: Mapped[int]
    factor: Mapped[float]
    enough: Mapped[int]

    @property
    def plan(self) -> Warming:
        """The plan."""
        return Warming(self.began_on, self.first, self.factor, self.enough)


class SendingHours(Base):
    """When customers may find mail from us, by their own clock: one row, or none for always.

    `opens` and `closes` are minutes of the day; `weekdays` are the days' ISO numbers, "12345" for Monday to Friday.
    """

    __tablename__ = "sending_hours"

    id: Mapped[int] = mapped_column(primary_key=True)
    opens: Mapped[int]
    closes: Mapped[int]
    weekdays: Mapped[str]

    @property
    def hours(self) -> Hours:
        """The same for reckoning, without closed days."""
        return _hours(self)


class RunHours(Base):
    """Hours of one run, within those of the house. The columns are those of SendingHours."""

    __tablename__ = "run_hours"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opens: Mapped[int]
    closes: Mapped[int]
    weekdays: Mapped[str]

    @property
    def hours(self) -> Hours:
        """The same for reckoning."""
        return _hours(self)


class ClosedDay(Base):
    """A date on which nothing is sent to a zone, or to anybody where `zone` is empty."""

    __tablename__ = "closed_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(primary_key=True)


class DomainPause(Base):
    """Nothing goes to `domain` from `since` until `until` (None: until somebody resumes it).

    `by_engine`: a provider's refusal did it. `ended_at` and `ended_by` say who resumed it.
    """

    __tablename__ = "domain_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    reason: Mapped[str]
    by: Mapped[str]
    by_engine: Mapped[bool]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(default="")


class PaceRevision(Base):
    """One row, whose number grows with every change of what is set."""

    __tablename__ = "pace_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


def columns_of(hours: Hours) -> dict[str, int | str]:
    """Hours as the columns of SendingHours and RunHours."""
    opens, closes = (wall.hour * 60 + wall.minute for wall in (hours.opens, hours.closes))
    return {"opens": opens, "closes": closes, "weekdays": "".join(str(day) for day in sorted(hours.weekdays))}


def _hours(row: SendingHours | RunHours) -> Hours:
    opens, closes = (time(*divmod(minutes, 60)) for minutes in (row.opens, row.closes))
    return Hours(opens, closes, frozenset(int(day) for day in row.weekdays))


def revise(session: Session) -> None:
    """Tell every engine that something was changed. First in each change: it makes them queue up."""
    session.execute(
        text(
            "INSERT INTO pace_revision (id, number) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET number = pace_revision.number + 1"
        )
    )
