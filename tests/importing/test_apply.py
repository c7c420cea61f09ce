from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.account.account import Account
from newsletter.account.note import Note
from newsletter.account.unit import Unit
from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.topic import Topic
from newsletter.db import Database
from newsletter.errors import Refused
from newsletter.importing.apply import import_file
from newsletter.schema import migrate
from tests.importing.conftest import Import
from tests.importing.installed_base import made_up, write_american, write_german
from tests.importing.snapshot import every_row


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_import_finds_what_the_generator_counted(
    tmp_path: Path, sqlite_db: Database, now: datetime, seed: int
) -> None:
    base = made_up(seed)
    write_german(base, tmp_path / "base.csv")
    assert import_file(sqlite_db, tmp_path / "base.csv", now=now).counts() == base.counts


def test_a_german_and_an_american_export_make_equal_databases(tmp_path: Path, now: datetime) -> None:
    base = made_up(7)
    write_german(base, tmp_path / "german.csv")
    write_american(base, tmp_path / "american.csv")
    found = []
    for name in ("german", "american"):
        db = Database(f"sqlite:///{tmp_path}/{name}.db")
        migrate(db)
        report = import_file(db, tmp_path / f"{name}.csv", now=now, source="base.csv")
        complaints = [(complaint.line, complaint.reason) for complaint in report.complaints]
        found.append((report.counts(), report.tallies, complaints, every_row(db)))
        db.close()
    assert found[0] == found[1]
    assert found[0][0] == base.counts


def test_a_dry_run_says_what_applying_does_and_changes_nothing(tmp_path: Path, db: Database, now: datetime) -> None:
    write_german(made_up(4), tmp_path / "base.csv")
    before = every_row(db)
    tried = import_file(db, tmp_path / "base.csv", now=now, dry_run=True)
    assert every_row(db) == before
    done = import_file(db, tmp_path / "base.csv", now=now)
    assert (tried.counts(), tried.tallies, tried.complaints) == (done.counts(), done.tallies, done.complaints)
    assert (tried.applied, done.applied) == (False, True)
    assert every_row(db) != before


def test_a_second_import_changes_nothing(tmp_path: Path, db: Database, now: datetime) -> None:
    write_german(made_up(5), tmp_path / "base.csv")
    first = import_file(db, tmp_path / "base.csv", now=now)
    before = every_row(db)
    second = import_file(db, tmp_path / "base.csv", now=datetime(2026, 12, 24, tzinfo=UTC))
    assert every_row(db) == before
    assert second.counts() == first.counts()
    assert all((tally.created, tally.changed) == (0, 0) for tally in second.tallies.values())


def test_next_weeks_file_of_another_name_repeats_no_proof_and_no_note(imported: Import, sqlite_db: Database) -> None:
    text = "Kundennr;E-Mail;Newsletter;Einwilligung am;Quelle;Notiz\nK1;a@firm.example;ja;2024-05-01;fair;back-up\n"
    imported(text, source="week 1 (1).csv")
    before = every_row(sqlite_db)
    imported(text, source="week 2.csv")
    assert every_row(sqlite_db) == before


def test_every_subscription_points_at_the_newest_fact_of_its_person(
    tmp_path: Path, db: Database, now: datetime
) -> None:
    write_german(made_up(6), tmp_path / "base.csv")
    import_file(db, tmp_path / "base.csv", now=now)
    with db.read() as session:
        newest = {consent.person_id: consent for consent in session.scalars(select(Consent).order_by(Consent.id))}
        subscriptions = {row.person_id: row for row in session.scalars(select(Subscription))}
    assert {person: fact.id for person, fact in newest.items()} == {
        person: row.consent_id for person, row in subscriptions.items()
    }
    assert all(newest[person].act == row.state for person, row in subscriptions.items())


def test_a_consent_keeps_its_day_its_source_and_the_file(imported: Import, sqlite_db: Database, now: datetime) -> None:
    headings = "Account;Email;Opt-in;Consent date;Source\n"
    imported(headings + "K1;a@firm.example;yes;2024-05-01;Messe EMO\nK1;b@firm.example;yes;;\n")
    with sqlite_db.read() as session:
        dated, bare = session.scalars(select(Consent).order_by(Consent.id))
    assert (dated.act, dated.happened_at) == (ConsentAct.GRANTED, datetime(2024, 5, 1, tzinfo=UTC))
    assert (dated.source, dated.recorded_at) == ("Messe EMO (import export.csv)", now)
    assert (bare.happened_at, bare.source) == (None, "import export.csv")


def test_a_changed_value_is_taken_over_and_a_blank_erases_nothing(imported: Import, sqlite_db: Database) -> None:
    headings = "Account;Company;Country;First name;Email;Job title;Model;Serial;Installed on\n"
    imported(headings + "K1;Old Ltd;DE;Pia;Pia@firm.example;Owner;VX;A1;2001-02-03\n")
    report = imported(headings + "K1;New Ltd;;Maria;pia@firm.example;;vx;a1;2001-02-04\n")
    with sqlite_db.read() as session:
        account, person = session.scalars(select(Account)).one(), session.scalars(select(Person)).one()
        unit, role = session.scalars(select(Unit)).one(), session.scalar(select(Affiliation.role))
    assert (account.name, account.country) == ("New Ltd", "DE")
    assert (person.address, person.first_name, role) == ("Pia@firm.example", "Maria", "Owner")
    assert (unit.serial, str(unit.installed_on)) == ("A1", "2001-02-04")
    assert {kind: tally.changed for kind, tally in report.tallies.items() if tally.changed} == {
        "accounts": 1, "units": 1, "people": 1,
    }  # fmt: skip


def test_the_firmware_of_a_machine_is_that_of_the_last_import_that_tells(imported: Import, sqlite_db: Database) -> None:
    told = []
    for firmware in ("4.2", "4.10", "", "n/a"):
        imported(f"Account;Model;Serial;Softwarestand\nK1;VX;A1;{firmware}\n")
        with sqlite_db.read() as session:
            told.append(session.scalars(select(Unit.firmware)).one())
    assert told == ["4.2", "4.10", "4.10", "4.10"]


def test_two_lines_that_disagree_on_a_firmware_are_complained_of(imported: Import, sqlite_db: Database) -> None:
    report = imported("Account;Model;Serial;Firmware\nK1;VX;A1;4.2\nK1;VX;A1;4.3\n")
    assert [(complaint.line, complaint.column) for complaint in report.complaints] == [(3, "Firmware")]
    with sqlite_db.read() as session:
        assert session.scalars(select(Unit.firmware)).one() == "4.2"


def test_a_machine_sold_on_moves_to_its_new_account(imported: Import, sqlite_db: Database) -> None:
    imported("Account;Model;Serial\nK1;VX;A1\n")
    imported("Account;Model;Serial\nK2;VX;A1\n")
    with sqlite_db.read() as session:
        query = select(Account.number).join(Unit, Unit.account_id == Account.id)
        assert session.scalars(query).all() == ["K2"]


def test_formulas_and_line_breaks_in_notes_are_kept_as_written(imported: Import, sqlite_db: Database) -> None:
    headings = "Account;Model;Serial;Notes\n"
    imported(headings + 'K1;VX;A1;"=HYPERLINK(""http://x"";""y"")"\nK1;VX;A1;"one\r\ntwo; three"\nK1;;;@SUM(A1)\n')
    with sqlite_db.read() as session:
        notes = [(note.text, note.unit_id is None) for note in session.scalars(select(Note).order_by(Note.id))]
    assert notes == [('=HYPERLINK("http://x";"y")', False), ("one\r\ntwo; three", False), ("@SUM(A1)", True)]


def test_an_unknown_topic_is_refused_naming_the_known_ones(
    imported: Import, sqlite_db: Database, now: datetime
) -> None:
    with sqlite_db.write() as session:
        session.add(Topic(key="safety", name="Safety", created_at=now))
    before = every_row(sqlite_db)
    for dry_run in (True, False):
        with pytest.raises(Refused, match="The topics are: safety"):
            imported("Account\nK1\n", topic_key="saftey", dry_run=dry_run)
    assert every_row(sqlite_db) == before


def test_the_default_topic_is_made_when_it_is_missing(imported: Import, sqlite_db: Database) -> None:
    imported("Account\nK1\n")
    with sqlite_db.read() as session:
        assert [(topic.key, topic.name) for topic in session.scalars(select(Topic))] == [
            ("bulletins", "Technical bulletins")
        ]


def test_progress_ends_at_the_number_of_rows(imported: Import) -> None:
    seen: list[tuple[int, int]] = []
    imported("Account\n" + "K1\n" * 1203, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(500, 1203), (1000, 1203), (1203, 1203)]


def test_whom_to_call_and_who_looks_after_an_account_is_kept_and_a_blank_takes_nothing_away(
    imported: Import, sqlite_db: Database
) -> None:
    imported("Account,E-Mail,Phone,Account manager,Tier\nK1,una@k1.example,+49 30 123-4,ann@vendor.example,A\n")
    imported("Account,E-Mail,Phone,Account manager,Tier\nK1,una@k1.example,,,B\n")
    with sqlite_db.read() as session:
        account, person = session.scalars(select(Account)).one(), session.scalars(select(Person)).one()
    assert (account.owner, account.tier, person.phone) == ("ann@vendor.example", "B", "+49 30 123-4")
