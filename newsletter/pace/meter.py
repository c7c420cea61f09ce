"""What all engines share about the limits: the slots given, the copies counted, the copies accepted."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Meter(Base):
    """The slots of one limit (`timeline.Timeline`), in nanoseconds of the shared clock; `key` is "domain gmail.com".

    `since`, `counted` and `before` measure: copies since then, and copies in the span before.
    """

    __tablename__ = "meter"

    key: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
    step: Mapped[int]
    holes: Mapped[str]
    since: Mapped[int]
    counted: Mapped[int]
    before: Mapped[int]


class DayCount(Base):
    """Copies let through for one limit on one day of the house; `key` is "account 12" or "relay smtp.acme.example"."""

    __tablename__ = "day_count"

    key: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]


class Throughput(Base):
    """Copies of a run that an engine had accepted in one second: a ring of the last minute."""

    __tablename__ = "throughput"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    engine: Mapped[str] = mapped_column(primary_key=True)
    ring: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    second: Mapped[int]
    accepted: Mapped[int]
