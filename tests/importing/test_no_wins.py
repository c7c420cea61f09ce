from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.importing.consenting import write_consents
from newsletter.importing.plan import Proof, Said
from newsletter.importing.wishes import Standing, new_facts
from tests.importing.conftest import Import
from tests.importing.snapshot import every_row

HEADINGS = "Account;Email;Opt-in;Consent date\n"
YES, NO = "K1;a@firm.example;yes;2025-01-01\n", "K1;A@FIRM.example;no;\n"


def state(db: Database) -> str | None:
    with db.read() as session:
        return session.scalar(select(Subscription.state))


@pytest.mark.parametrize("rows", [YES + NO, NO + YES, YES + NO + YES], ids=["no last", "no first", "no in between"])
def test_no_wins_wherever_it_stands_in_the_file(imported: Import, sqlite_db: Database, rows: str) -> None:
    report = imported(HEADINGS + rows)
    assert state(sqlite_db) == ConsentAct.WITHDRAWN
    assert report.people_who_had_opted_out_before == 1
    assert any("no wins" in complaint.reason for complaint in report.complaints)
    with sqlite_db.read() as session:
        assert session.scalars(select(Consent.act)).all() == [ConsentAct.WITHDRAWN]


def test_a_no_withdraws_a_yes_of_an_earlier_import(imported: Import, sqlite_db: Database) -> None:
    imported(HEADINGS + YES)
    assert state(sqlite_db) == ConsentAct.GRANTED
    imported(HEADINGS + NO)
    assert state(sqlite_db) == ConsentAct.WITHDRAWN


def test_a_yes_never_brings_back_somebody_who_left(imported: Import, sqlite_db: Database) -> None:
    imported(HEADINGS + NO)
    before = every_row(sqlite_db)
    report = imported(HEADINGS + YES)
    assert report.stay_opted_out == ("a@firm.example",)
    assert every_row(sqlite_db) == before


def test_a_yes_never_outranks_a_suppression(imported: Import, sqlite_db: Database, now: datetime) -> None:
    with sqlite_db.write() as session:
        session.add(Suppression(address_key="a@firm.example", reason="complaint", source="fbl", created_at=now))
    report = imported(HEADINGS + YES)
    assert report.stay_opted_out == ("a@firm.example",)
    assert state(sqlite_db) is None
    with sqlite_db.read() as session:
        assert session.scalars(select(Person.address)).all() == ["a@firm.example"]


def test_a_newer_proof_is_added_to_an_older_one(imported: Import, sqlite_db: Database) -> None:
    imported(HEADINGS + YES)
    imported(HEADINGS + YES.replace("2025", "2026"))
    with sqlite_db.read() as session:
        facts = session.execute(select(Consent.id, Consent.happened_at).order_by(Consent.id)).all()
        assert session.scalar(select(Subscription.consent_id)) == facts[-1].id
    assert [fact.happened_at.year for fact in facts if fact.happened_at] == [2025, 2026]


def test_an_opt_out_committed_while_an_import_runs_stands(db: Database, now: datetime) -> None:
    with db.write() as session:
        person = Person(address="a@firm.example", address_key="a@firm.example", created_at=now)
        topic = Topic(key="bulletins", name="Technical bulletins", created_at=now)
        session.add_all([person, topic])
        session.flush()
        fact = {"person_id": person.id, "topic_id": topic.id, "recorded_at": now, "happened_at": None, "source": "page"}
        fact["delivery_id"] = None
        write_consents(session, [fact | {"act": WITHDRAWN}], subscribed=set())
    before = every_row(db)
    with pytest.raises(Conflict, match="opted out while"), db.write() as session:
        write_consents(session, [fact | {"act": GRANTED}], subscribed={person.id})
    assert every_row(db) == before


@pytest.mark.parametrize("word", ["vielleicht", "2", "ok?"])
def test_a_word_that_is_neither_yes_nor_no_is_no_consent_and_complained_about(
    imported: Import, sqlite_db: Database, word: str
) -> None:
    report = imported(f"{HEADINGS}K1;a@firm.example;{word};\n")
    assert state(sqlite_db) is None
    assert [complaint.column for complaint in report.complaints] == ["Opt-in"]


FIRST, LATER = Proof(date(2020, 1, 1), "fair"), Proof(date(2024, 1, 1), "web")
UNDATED = Proof(None, "")
KNOWN = ("granted", datetime(2020, 1, 1, tzinfo=UTC), "fair")
SAYS_YES, SAYS_NO = Said(yes={LATER: 2, UNDATED: 3, FIRST: 4}), Said(yes={FIRST: 2}, no={UNDATED: 3})
GRANTED, WITHDRAWN = ConsentAct.GRANTED, ConsentAct.WITHDRAWN


@pytest.mark.parametrize(
    ("said", "standing", "facts"),
    [
        pytest.param(SAYS_YES, Standing(), [(GRANTED, UNDATED), (GRANTED, FIRST), (GRANTED, LATER)], id="newest last"),
        pytest.param(Said(yes={FIRST: 2}), Standing("granted", frozenset({KNOWN})), [], id="known already"),
        pytest.param(SAYS_YES, Standing("withdrawn"), [], id="yes after withdrawing"),
        pytest.param(SAYS_YES, Standing("paused"), [], id="yes while pausing"),
        pytest.param(SAYS_YES, Standing("confirmed"), [], id="yes after double opt-in"),
        pytest.param(SAYS_YES, Standing("granted", is_suppressed=True), [], id="yes while suppressed"),
        pytest.param(SAYS_NO, Standing(), [(WITHDRAWN, UNDATED)], id="no to a stranger"),
        pytest.param(SAYS_NO, Standing("confirmed"), [(WITHDRAWN, UNDATED)], id="no after double opt-in"),
        pytest.param(SAYS_NO, Standing("paused"), [(WITHDRAWN, UNDATED)], id="no while pausing"),
        pytest.param(SAYS_NO, Standing("withdrawn"), [], id="no again"),
    ],
)
def test_what_a_file_may_change(said: Said, standing: Standing, facts: list[tuple[ConsentAct, Proof]]) -> None:
    assert new_facts(said, standing) == facts
