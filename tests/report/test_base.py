"""The installed base over time, and what became of machines within a year."""

from collections.abc import Iterable
from datetime import date, datetime

from newsletter.db import Database
from newsletter.report.base import Fates, base_over_time, fates_over_time, parts
from newsletter.report.retention_tables import TABLES
from newsletter.report.why_over_time import FEWEST
from newsletter.retention.verdict_month import Side, VerdictMonth
from newsletter.signal.rules import State

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
USED, BACKUP, GONE, UNKNOWN = State.IN_USE, State.BACKUP, State.NOT_IN_USE, State.UNKNOWN
Cell = tuple[date, Side, str, str, State, int]


def keep(db: Database, cells: Iterable[Cell]) -> None:
    names = ("month", "side", "value", "before", "state", "machines")
    with db.write() as session:
        session.add_all(VerdictMonth(**dict(zip(names, cell, strict=True))) for cell in cells)


def counted(db: Database) -> None:
    keep(
        db,
        [
            (SEPTEMBER, Side.ALL, "", "", USED, 100),
            (OCTOBER, Side.ALL, "", USED, USED, 60),
            (OCTOBER, Side.ALL, "", USED, BACKUP, 10),
            (OCTOBER, Side.ALL, "", USED, GONE, 20),
            (OCTOBER, Side.ALL, "", BACKUP, UNKNOWN, 10),
            (OCTOBER, Side.ALL, "", GONE, USED, 5),
            (OCTOBER, Side.ALL, "", GONE, GONE, 15),
            (OCTOBER, Side.ALL, "", "", UNKNOWN, 40),
            (OCTOBER, Side.PRODUCT, "CT-7", USED, GONE, 3),
            (OCTOBER, Side.PRODUCT, "VX-500", USED, USED, 60),
            (OCTOBER, Side.PRODUCT, "VX-500", USED, GONE, 20),
            (OCTOBER, Side.PRODUCT, "VX-500", "", USED, 1),
        ],
    )


def test_the_base_is_summed_by_month_and_verdict(db: Database) -> None:
    counted(db)
    with db.read() as session:
        months = base_over_time(session).months
    assert [(month.month, dict(month.machines), month.total) for month in months] == [
        (SEPTEMBER, {USED: 100}, 100),
        (OCTOBER, {USED: 65, BACKUP: 10, GONE: 35, UNKNOWN: 50}, 160),
    ]


def test_what_was_lost_counts_against_what_was_used_a_year_before(db: Database) -> None:
    counted(db)
    with db.read() as session:
        [(month, fates)] = fates_over_time(session)
    assert month == OCTOBER
    assert (fates.churn.asked, fates.churn.answered) == (100, 20)
    assert (fates.lost_sight.asked, fates.lost_sight.answered) == (100, 10)
    assert (fates.returned.asked, fates.returned.answered) == (20, 5)
    assert Fates().churn.asked == 0


def test_the_parts_stand_by_size_and_only_of_the_last_month(db: Database) -> None:
    counted(db)
    with db.read() as session:
        found = parts(session, Side.PRODUCT)
        assert parts(session, Side.OWNER) == []
    assert [(part.value, part.last.total) for part in found] == [("VX-500", 81), ("CT-7", 3)]
    assert (found[0].fates.churn.asked, found[0].fates.churn.answered) == (80, 20)


def test_below_the_least_number_a_table_has_no_share(db: Database, now: datetime) -> None:
    counted(db)
    with db.read() as session:
        rows = [tuple(row) for row in TABLES["base-by-product"](session, now).rows]
    large, small = rows
    assert large[:7] == ("VX-500", 61, 0, 20, 0, 81, 80)
    assert large[7] == 0.25
    assert small[6:10] == (3, None, None, None)
    assert FEWEST > 3


def test_every_table_can_be_written_of_an_empty_house(db: Database, now: datetime) -> None:
    with db.read() as session:
        for table in TABLES.values():
            found = table(session, now)
            assert len(found.columns) == len(set(found.columns)), found.columns
            assert list(found.rows) == []
