"""What the agreements of an installed base tell of its machines."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.db import Database
from newsletter.importing.agreements import Agreed, observed_at
from newsletter.importing.apply import import_file
from newsletter.importing.import_report import ImportReport
from newsletter.signal.evidence import Evidence
from newsletter.signal.verdict import Verdict

HEAD = "account;name;model;serial;agreement until"


def imported(db: Database, folder: Path, now: datetime, *rows: str) -> ImportReport:
    file = folder / "base.csv"
    file.write_text("\n".join((HEAD, *rows)), encoding="utf-8")
    mapping = {"account": "account", "company": "name"}
    return import_file(db, file, now=now, mapping=mapping)


def evidence(db: Database) -> list[tuple[str, str, datetime]]:
    with db.read() as session:
        return [(e.kind, e.detail, e.observed_at) for e in session.scalars(select(Evidence).order_by(Evidence.id))]


def states(db: Database) -> list[str]:
    with db.read() as session:
        rows = select(Verdict.state).where(Verdict.unit_id != 0).order_by(Verdict.unit_id)
        return list(session.scalars(rows))


def test_a_new_end_is_evidence_once_and_every_machine_has_a_verdict(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    one, other = "K1;Toolroom;VX-500;A1;2027-03-01", "K2;Gears;VX-500;A2;"
    for _ in range(2):
        imported(db, tmp_path, now, one, other)
        assert evidence(db) == [("agreement", "until 2027-03-01", datetime(2026, 3, 1, tzinfo=UTC))]
    assert states(db) == ["in_use", "unknown"]
    imported(db, tmp_path, now, one.replace("2027", "2028"), other)
    assert evidence(db)[1:] == [("agreement", "until 2028-03-01", now)]


def test_the_first_day_of_a_calendar_is_no_end(db: Database, tmp_path: Path, now: datetime) -> None:
    (complaint,) = imported(db, tmp_path, now, "K1;Toolroom;VX-500;A1;0001-01-01").complaints
    assert "0001-01-01 is before there were machines of ours" in complaint.reason
    assert evidence(db) == []
    assert states(db) == ["unknown"]


@pytest.mark.parametrize(
    ("until", "installed_on", "expected"),
    [
        (date(2027, 3, 1), None, "2026-03-01"),
        (date(2031, 3, 1), None, "2026-11-21"),
        (date(2015, 3, 1), date(2014, 9, 1), "2014-09-01"),
        (date(2015, 3, 1), date(2010, 9, 1), "2014-03-01"),
        (date(2027, 3, 1), date(2026, 12, 1), "2026-11-21"),
        (date(1, 1, 1), None, "1849-01-01"),
        (date(9999, 12, 31), None, "2026-11-21"),
    ],
    ids=["runs", "for years", "as old as the machine", "long over", "not put up yet", "first day", "for ever"],
)
def test_an_agreement_was_last_wanted_a_year_before_its_end(
    now: datetime, until: date, installed_on: date | None, expected: str
) -> None:
    assert observed_at(Agreed(1, 1, until, installed_on), now).date().isoformat() == expected
