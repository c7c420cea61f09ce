"""One file with every oddity we know of, and what is made of it."""

import csv
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.audience.person import Person
from newsletter.db import Database
from newsletter.importing.apply import import_file
from tests.importing.conftest import Import

DIRTY = Path(__file__).parent / "dirty.csv"

COMPLAINTS = [
    (4, "E-Mail"), (5, "Land"), (5, "Sprache"), (5, "Zeitzone"), (6, "Installiert am"), (7, "Kundennr"), (8, ""),
    (9, ""), (10, "Seriennummer"), (11, "Maschine"), (12, "Maschine"), (13, "Seriennummer"),
    (14, "Newsletter"),
    (15, "Einwilligung am"), (16, "Newsletter"), (18, "Nachname"), (19, "Firma"),
    (20, "Einwilligung am"), (21, "E-Mail"),
]  # fmt: skip


def test_every_oddity_is_complained_about_where_it_stands(sqlite_db: Database, now: datetime) -> None:
    report = import_file(sqlite_db, DIRTY, now=now)
    assert [(complaint.line, complaint.column) for complaint in report.complaints] == COMPLAINTS
    assert all(complaint.reason.endswith(".") for complaint in report.complaints)


def test_nothing_good_is_lost_because_of_a_bad_neighbour(sqlite_db: Database, now: datetime) -> None:
    import_file(sqlite_db, DIRTY, now=now)
    with sqlite_db.read() as session:
        numbers = session.scalars(select(Account.number).order_by(Account.number)).all()
        serials = session.scalars(select(Unit.serial).order_by(Unit.serial)).all()
        addresses = session.scalars(select(Person.address).order_by(Person.address_key)).all()
    assert numbers == ["K1", "K2", "K3", "K4", "K5"]
    assert serials == ["A1", "A2", "A3", "A4", "A5"]
    assert addresses == ["günther@müller.example", "Pia@firm.example", "zoe@firm.example"]


def test_the_rejected_rows_come_back_with_line_and_reason(tmp_path: Path, sqlite_db: Database, now: datetime) -> None:
    report = import_file(sqlite_db, DIRTY, now=now)
    report.write_rejected(tmp_path / "rejected.csv")
    assert (tmp_path / "rejected.csv").read_bytes().startswith(b"\xef\xbb\xbfKundennr;Firma;")
    with (tmp_path / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file, delimiter=";")
    assert headings == [*report.dialect.headings, "Line", "Reason"]
    assert [int(row[-2]) for row in rows] == sorted({line for line, _ in COMPLAINTS})
    assert len(rows) == report.rejected_rows


def test_no_cell_of_the_rejected_rows_is_a_formula(tmp_path: Path, imported: Import) -> None:
    begins = ["=1+1", "+49", "-5", "@SUM(A1)", "\tx", "\rx"]
    quoted = "".join(f'"{cell}";keine;ok\n' for cell in begins)
    report = imported("Kundennr;E-Mail;=Firma\n" + quoted)
    report.write_rejected(tmp_path / "rejected.csv")
    with (tmp_path / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file, delimiter=";")
    assert headings[2] == "'=Firma"
    assert [row[0] for row in rows] == [f"'{cell}" for cell in begins]


def test_mended_rows_can_be_imported_as_they_came_back(
    tmp_path: Path, imported: Import, sqlite_db: Database, now: datetime
) -> None:
    report = imported("Kundennr;E-Mail\nK1;keine\nK2;n/a\n")
    rejected = tmp_path / "rejected.csv"
    report.write_rejected(rejected)
    rejected.write_text(rejected.read_text("utf-8-sig").replace("keine", "pia@firm.example"))
    again = import_file(sqlite_db, rejected, now=now)
    assert (again.people, again.rejected_rows) == (1, 1)
    again.write_rejected(rejected)
    assert rejected.read_text("utf-8-sig").splitlines()[0] == "Kundennr;E-Mail;Line;Reason"


def test_the_same_serial_under_another_product_line_is_another_machine(imported: Import) -> None:
    report = imported("Account;Model;Serial\nK1;VX;12\nK2;GR;12\n")
    assert (report.units, report.complaints) == (2, ())


def test_a_shouted_spelling_gives_way_to_a_quiet_one(imported: Import, sqlite_db: Database) -> None:
    imported("Account;Email\nK1;PIA@FIRM.EXAMPLE\nK1;Pia@firm.example\nK1;pia@firm.example\n")
    with sqlite_db.read() as session:
        assert session.scalars(select(Person.address)).all() == ["Pia@firm.example"]
