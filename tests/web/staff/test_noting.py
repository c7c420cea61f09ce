"""A colleague notes that somebody asked us to stop."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select, text

from newsletter.audience.suppression import Suppression
from newsletter.db import Database
from newsletter.optout.opt_out import OptOut
from newsletter.post.posted import PostedLetter
from newsletter.question.answer import Answer
from newsletter.signal.evidence import Evidence
from newsletter.staff.audit import AuditEntry
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE, send


def page_of(stage: Stage) -> str:
    return f"/staff/people/{stage.cast.una.id}/stop"


def words_of(browser: FlaskClient, page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", browser.get(page, base_url=SITE).text))


def test_a_call_is_an_opt_out_with_its_reason_on_the_record_and_who_noted_it(
    browser: FlaskClient, sqlite_db: Database, stage: Stage
) -> None:
    assert page_of(stage) in browser.get("/staff/accounts/K1", base_url=SITE).text
    fields = {"topic": str(stage.cast.bulletins.id), "reason": "not_used", "words": "Sold it in May."}
    answer = send(browser, page_of(stage), **fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/accounts/K1")
    with sqlite_db.read() as session:
        left = session.scalars(select(OptOut)).one()
        said = session.scalars(select(Answer)).one()
        told = session.scalars(select(Evidence).where(Evidence.kind == "opt_out_answer")).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "noted an opt-out")).one()
        assert (left.way, left.everything_at, left.delivery_id) == ("staff", None, None)
        assert (said.code, said.text, told.says, told.source) == (
            "not_used",
            "Sold it in May.",
            "not_in_use",
            "noted by staff",
        )
        assert (entry.who, entry.subject) == (
            "ada@vendor.example",
            f"person {stage.cast.una.id}, opt-out {left.id}",
        )
        assert session.scalars(select(PostedLetter)).all() == []
    record = words_of(browser, "/staff/accounts/K1")
    assert "is off the list" in record
    assert "Sold it in May." in record
    assert "told to a colleague" in record


def test_all_mails_for_good_and_no_reason(browser: FlaskClient, sqlite_db: Database, stage: Stage) -> None:
    send(browser, page_of(stage), topic="0")
    with sqlite_db.read() as session:
        left = session.scalars(select(OptOut)).one()
        key = stage.cast.una.address_key
        bars = session.scalars(select(Suppression.source).where(Suppression.address_key == key)).all()
        assert left.everything_at is not None
        assert list(bars) == ["noted by staff"]
        assert session.scalars(select(Answer)).all() == []
    assert page_of(stage) not in browser.get("/staff/accounts/K1", base_url=SITE).text


def test_noted_twice_is_one(browser: FlaskClient, sqlite_db: Database, stage: Stage) -> None:
    for _ in range(2):
        send(browser, page_of(stage), topic="0", reason="backup")
    with sqlite_db.read() as session:
        assert len(session.scalars(select(OptOut)).all()) == 1
        noted = select(AuditEntry).where(AuditEntry.act == "noted an opt-out")
        assert len(session.scalars(noted).all()) == 1
    assert "was off that list already" in words_of(browser, "/staff/accounts/K1")


def test_a_form_without_a_choice_comes_back_with_what_was_typed(
    browser: FlaskClient, sqlite_db: Database, stage: Stage
) -> None:
    for fields in ({"topic": "999"}, {"topic": "0", "reason": "made up"}):
        page = send(browser, page_of(stage), words="<b>Sold</b>", **fields)
        assert (page.status_code, "&lt;b&gt;Sold&lt;/b&gt;" in page.text) == (400, True)
    with sqlite_db.read() as session:
        assert session.scalars(select(OptOut)).all() == []


def test_fault_44_they_are_off_the_list_though_the_reason_cannot_be_kept(
    browser: FlaskClient, sqlite_db: Database, stage: Stage
) -> None:
    with sqlite_db.write() as session:
        session.execute(text("ALTER TABLE answer RENAME TO answer_away"))
    send(browser, page_of(stage), topic="0", reason="backup")
    with sqlite_db.write() as session:
        session.execute(text("ALTER TABLE answer_away RENAME TO answer"))
    assert "could not be kept; write it down elsewhere" in words_of(browser, "/staff/accounts/K1")
    with sqlite_db.read() as session:
        assert session.scalars(select(OptOut)).one().way == "staff"


def test_nobody_by_that_number_is_not_found(browser: FlaskClient, stage: Stage) -> None:
    assert stage
    for number in ("99999", "9" * 30, "x"):
        assert browser.get(f"/staff/people/{number}/stop", base_url=SITE).status_code == 404
