from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from newsletter.checkin.rule import Rule, change_rule, months_before, rule_in_force
from newsletter.db import Database
from newsletter.errors import Refused
from newsletter.ledger.reminding import days_later
from newsletter.staff.audit import AuditEntry


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2026-11-21", 18, "2025-05-21"),
        ("2026-08-31", 6, "2026-02-28"),
        ("2024-08-31", 6, "2024-02-29"),
        ("2028-02-29", 12, "2027-02-28"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2026-01-31", 1, "2025-12-31"),
        ("2026-12-01", 12, "2025-12-01"),
    ],
)
def test_fault_13_months_end_where_the_month_does(day: str, months: int, before: str) -> None:
    at = datetime.fromisoformat(f"{day}T09:30:00+00:00")
    assert months_before(at, months) == datetime.fromisoformat(f"{before}T09:30:00+00:00")


def _in(zone: str, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc] # a date and a time


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/Berlin", (2026, 3, 20, 9, 0), (2026, 4, 3, 9, 0)),
        ("Europe/Berlin", (2026, 10, 20, 9, 0), (2026, 11, 3, 9, 0)),
        ("America/New_York", (2026, 10, 25, 23, 30), (2026, 11, 8, 23, 30)),
        ("Australia/Lord_Howe", (2026, 9, 25, 7, 0), (2026, 10, 9, 7, 0)),
        ("", (2026, 2, 20, 9, 0), (2026, 3, 6, 9, 0)),
    ],
    ids=["clocks go forward", "clocks go back", "across a month's end", "by half an hour", "ordered for now: UTC"],
)
def test_fault_13_a_reminder_comes_at_the_same_time_of_day(
    zone: str, start: tuple[int, ...], end: tuple[int, ...]
) -> None:
    there = zone or "UTC"
    assert days_later(_in(there, *start), 14, zone) == _in(there, *end)


def test_fault_13_a_reminder_in_the_hour_that_is_skipped_comes_an_hour_later() -> None:
    asked = _in("Europe/Berlin", 2026, 3, 15, 2, 30)
    assert days_later(asked, 14, "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 there


def test_staff_set_how_long_silence_lasts(db: Database, now: datetime) -> None:
    with db.read() as session:
        assert rule_in_force(session) == Rule(18, 12)
    for months in (24, 6):
        change_rule(db, Rule(months, 12), "ada", now + timedelta(minutes=months))
    with db.read() as session:
        assert rule_in_force(session) == Rule(6, 12)
        assert session.scalar(select(AuditEntry.subject).order_by(AuditEntry.id.desc()).limit(1)) == (
            "after 6 months of silence, every 12 months"
        )


@pytest.mark.parametrize("rule", [Rule(0, 12), Rule(18, 0), Rule(121, 12), Rule(18, -3)])
def test_months_that_make_no_sense_are_refused(db: Database, now: datetime, rule: Rule) -> None:
    with pytest.raises(Refused):
        change_rule(db, rule, "ada", now)
