"""Erasing, and staying erased: through an import, a backup and a new subscription."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from newsletter.audience.barred import bars, may_ask_for_mail
from newsletter.audience.person import Person
from newsletter.audience.suppression import Suppression
from newsletter.db import Database
from newsletter.errors import BadFile, NotFound
from newsletter.importing.apply import import_file
from newsletter.importing.erased import REASON
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.states import State
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import OptOut, Way
from newsletter.privacy.erase import Erased, erase, erase_address, erase_again
from newsletter.privacy.journal import append, as_line, erasures, read_lines
from newsletter.question.answer import Answer
from newsletter.question.reasons import Reason
from newsletter.signal.evidence import Evidence
from newsletter.tables import metadata
from newsletter.tokens import Signer
from tests import cast
from tests.optout.copies import Stage, set_stage

WORDS = "I am Nora Frost, call me"


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    """The cast with a copy each; Nora left, and said why in her own words."""
    with db.write() as session:
        stage = set_stage(session, cast.play(session, now), now)
    opt_out(db, stage.nora, Way.PAGE, now)
    answer(db, stage.nora, Why(Reason.OTHER, WORDS), now, language="en")
    return stage


def whole(db: Database) -> str:
    """Every value of every row of every table, as text."""
    with db.read() as session:
        return json.dumps(
            {
                table.name: [list(map(str, row)) for row in session.execute(select(table))]
                for table in metadata.sorted_tables
            }
        )


def test_gdpr_17_nothing_personal_is_left_but_a_keyed_hash(
    db: Database, stage: Stage, signer: Signer, now: datetime
) -> None:
    nora = stage.cast.nora
    assert "nora@" in whole(db)
    erased = erase(db, nora.id, signer, now, by="their own page")
    left = whole(db)
    for trace in ("nora@", "Nora", "Frost", WORDS):
        assert trace not in left
    with db.read() as session:
        bar = session.scalars(select(Suppression).where(Suppression.address_key == erased.address_hash)).one()
        assert list(erasures(session)) == [Erased(signer.hashes(nora.address_key)[0], now)]
    assert (bar.reason, bar.lifted_at) == ("erased", None)


def test_gdpr_17_machines_and_counts_are_kept_without_the_person(
    db: Database, stage: Stage, signer: Signer, now: datetime
) -> None:
    counted = [select(func.count()).select_from(table) for table in (Delivery, OptOut, Answer, Evidence)]
    with db.read() as session:
        before = [session.scalar(count) for count in counted]
    erase(db, stage.cast.nora.id, signer, now, by="a test")
    with db.read() as session:
        assert [session.scalar(count) for count in counted] == before
        assert session.get_one(Delivery, stage.nora.delivery_id).address == ""
        assert session.scalars(select(Answer.code)).one() == "other"
        assert session.scalars(select(Evidence.person_id)).all() == [None] * before[-1]


@pytest.mark.parametrize("state", [State.WAITING, State.CLAIMED, State.DEFERRED, State.HELD, State.IN_DOUBT])
def test_fault_51_a_copy_that_runs_is_not_sent_any_more(
    db: Database, stage: Stage, signer: Signer, now: datetime, state: State
) -> None:
    with db.write() as session:
        session.get_one(Delivery, stage.una.delivery_id).state = state
    erase(db, stage.cast.una.id, signer, now, by="a test")
    with db.read() as session:
        assert session.get_one(Delivery, stage.una.delivery_id).state == State.WITHHELD


def test_fault_51_a_restored_backup_is_erased_again(
    db: Database, stage: Stage, signer: Signer, now: datetime, tmp_path: Path
) -> None:
    journal = tmp_path / "erasures.jsonl"
    nora, una = stage.cast.nora, stage.cast.una
    for person in (nora, una):
        append(journal, erase(db, person.id, signer, now, by="a test"))
    with db.write() as session:  # the backup knows them, and nothing of their erasure
        session.execute(delete(Suppression))
        for person in (nora, una):
            session.add(
                Person(address=person.address, address_key=person.address_key, created_at=now - timedelta(days=9))
            )
    rotated = Signer((b"a newer key of the tests, 32 octets", *signer.keys))
    later = now + timedelta(days=1)
    with journal.open() as lines:
        assert erase_again(db, read_lines(lines), rotated, later, by="a test") == 2
    with journal.open() as lines:
        assert erase_again(db, read_lines(lines), rotated, later, by="a test") == 0
    assert "nora@" not in whole(db)
    with db.read() as session:
        assert {erased.erased_at for erased in erasures(session)} == {now}
        assert bars(session, nora.address_key, rotated)


def test_fault_51_who_came_back_by_themselves_stays_when_a_journal_is_replayed(
    db: Database, stage: Stage, signer: Signer, now: datetime
) -> None:
    nora = stage.cast.nora
    erased = erase(db, nora.id, signer, now, by="a test")
    with db.write() as session:
        session.add(Person(address=nora.address, address_key=nora.address_key, created_at=now + timedelta(seconds=1)))
    assert erase_again(db, [erased], signer, now, by="a test") == 0


def test_suppression_survives_an_import(
    db: Database, stage: Stage, signer: Signer, now: datetime, tmp_path: Path
) -> None:
    """Fault 51: the next export of the ERP names everybody who was erased."""
    erase(db, stage.cast.nora.id, signer, now, by="a test")
    file = tmp_path / "export.csv"
    nora = stage.cast.nora.address.upper()
    file.write_text(f"Account;Email;Newsletter\nK1;{nora};yes\nK1;zoe@toolroom-north.example;yes\n")
    for dry_run in (True, False):
        report = import_file(db, file, now=now, signer=signer, dry_run=dry_run)
        assert (report.people, [complaint.reason for complaint in report.complaints]) == (1, [REASON])
    assert "nora@" not in whole(db).lower()
    assert "zoe@" in whole(db)


def test_who_complained_and_was_erased_does_not_come_back_by_a_form(
    db: Database, stage: Stage, signer: Signer, now: datetime
) -> None:
    for person, comes_back in ((stage.cast.bela, False), (stage.cast.una, True)):
        erase(db, person.id, signer, now, by="a test")
        with db.read() as session:
            assert may_ask_for_mail(bars(session, person.address_key, signer)) is comes_back


def test_somebody_erased_twice_leaves_one_hash(db: Database, stage: Stage, signer: Signer, now: datetime) -> None:
    una = stage.cast.una
    erase(db, una.id, signer, now, by="a test")
    with db.write() as session:
        session.add(Person(address=una.address, address_key=una.address_key, created_at=now))
    erase_address(db, una.address, signer, now, by="a test")
    with db.read() as session:
        assert len(bars(session, una.address_key, signer)) == 1
    with pytest.raises(NotFound):
        erase_address(db, una.address, signer, now, by="a test")


def test_a_hash_tells_nothing_without_the_key(signer: Signer) -> None:
    ours, theirs = (
        signer.hashes("una@a.example"),
        Signer((b"another key of 32 octets or more",)).hashes("una@a.example"),
    )
    assert len(ours[0]) == 64
    assert set(ours).isdisjoint(theirs)


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "{}",
        '{"address_hash": "a", "erased_at": "soon"}',
        '{"address_hash": "a", "erased_at": "2026-01-01"}',
        "[1]",
    ],
)
def test_a_journal_with_a_bad_line_is_refused_whole(
    db: Database, stage: Stage, signer: Signer, now: datetime, line: str
) -> None:
    good = as_line(Erased(signer.hashes(stage.cast.una.address_key)[0], now + timedelta(days=1)))
    with pytest.raises(BadFile, match="Line 2"):
        erase_again(db, read_lines([good, line]), signer, now, by="a test")
    with db.read() as session:
        assert session.get(Person, stage.cast.una.id)
