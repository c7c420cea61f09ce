"""The inbox of service and sales, as colleagues work with it."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter.db import Database
from newsletter.followup.desk import WorkDigest
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.no_contact import wish_contact
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Reason
from newsletter.signal.evidence import Evidence
from tests.followup.desk import opened, work
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE, Colleague, send, token

INBOX = "/staff/work"
Hire = Callable[..., Colleague]


@pytest.fixture
def told(stage: Stage, sqlite_db: Database, now: datetime) -> Stage:
    """Una, whom one may call, and Ines left and said why: two reasons for service."""
    with sqlite_db.write() as session:
        session.merge(stage.cast.una).phone = "+49 30 5550 100"
    for link, reason in ((stage.una, Reason.USED_OTHER_SERVICE), (stage.ines, Reason.BACKUP)):
        opt_out(sqlite_db, link, Way.PAGE, now)
        answer(sqlite_db, link, Why(reason, "Call <me> back"), now, language="en")
    return stage


@pytest.fixture
def ann(told: Stage, hire: Hire) -> FlaskClient:
    assert told
    colleague = hire("service", email="ann@vendor.example")
    colleague.sign_in()
    return colleague.browser


@pytest.fixture
def sam(hire: Hire) -> FlaskClient:
    colleague = hire("sales", email="sam@vendor.example")
    colleague.sign_in()
    return colleague.browser


def read(browser: FlaskClient, page: str, status: int = 200) -> str:
    answer = browser.get(page, base_url=SITE)
    assert answer.status_code == status
    return words(answer.text)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def several(browser: FlaskClient, ids: list[int], act: str, **fields: str) -> tuple[int, str]:
    form = {"csrf_token": token(browser, INBOX), "work": [str(id_) for id_ in ids], "act": act, **fields}
    answer = browser.post(INBOX, base_url=SITE, data=form, follow_redirects=True)
    return answer.status_code, words(answer.text)


def test_the_inbox_says_what_waits_why_and_by_when(ann: FlaskClient) -> None:
    page = read(ann, INBOX)
    assert "2 wait for service" in page
    assert "In use, serviced by another company" in page
    assert "VX-500 A100231 · Berg" in page
    assert "Brandt Gears" in page
    assert "26 Nov 2026" in page


@pytest.mark.parametrize(
    ("question", "accounts"),
    [
        ("", ["Toolroom North", "Brandt Gears"]),
        ("team=all", ["Toolroom North", "Brandt Gears"]),
        ("team=sales", []),
        ("cause=backup", ["Brandt Gears"]),
        ("product=VX-500", ["Toolroom North", "Brandt Gears"]),
        ("product=CT-7", []),
        ("country=DE&sort=account", ["Brandt Gears", "Toolroom North"]),
        ("country=US", []),
        ("owner=me", []),
        ("owner=nobody&sort=newest", ["Brandt Gears", "Toolroom North"]),
        ("due=week", ["Toolroom North"]),
        ("due=late", []),
        ("state=closed", []),
        ("state=nonsense&due=nonsense&after=nonsense&sort=%00", ["Toolroom North", "Brandt Gears"]),
        ("after=2026-11-26~9999", ["Brandt Gears"]),
        ("after=2026-99-99~1", ["Toolroom North", "Brandt Gears"]),
    ],
)
def test_the_inbox_can_be_narrowed_down_and_sorted(ann: FlaskClient, question: str, accounts: list[str]) -> None:
    text = ann.get(f"{INBOX}?{question}", base_url=SITE).text
    assert re.findall(r'<a href="/staff/work/\d+">([^<]+)</a>', text) == accounts


def test_one_follow_up_says_why_we_think_so_and_whom_to_call(ann: FlaskClient, sqlite_db: Database) -> None:
    page = ann.get(f"{INBOX}/{opened(sqlite_db)[0].id}", base_url=SITE).text
    text = words(page)
    assert "In use, serviced by another company: said by Berg on 21 November 2026, when leaving TB-2026-014." in text
    assert "Call &lt;me&gt; back" in text
    assert "sure" in text
    assert 'href="tel:+49305550100"' in page
    assert 'href="mailto:una@toolroom-north.example"' in page
    assert "This is the customer we lost without noticing." in text
    assert "Opened : Ask for their service calls" in text


def test_who_takes_second_is_told_who_was_first(ann: FlaskClient, hire: Hire, sqlite_db: Database) -> None:
    first, second = opened(sqlite_db)
    bob = hire("service", email="bob@vendor.example")
    bob.sign_in()
    assert several(ann, [first.id], "take")[0] == 200
    status, text = several(bob.browser, [first.id, second.id], "take")
    assert status == 200
    assert "1 follow-up taken. Toolroom North: ann@vendor.example has it." in text
    answer = send(bob.browser, f"{INBOX}/{first.id}", act="take")
    assert (answer.status_code, "ann@vendor.example has it" in answer.text) == (409, True)
    assert {row.owner for row in opened(sqlite_db)} == {"ann@vendor.example", "bob@vendor.example"}
    assert send(bob.browser, f"{INBOX}/{first.id}", act="take", instead_of="ann@vendor.example").status_code == 303
    assert opened(sqlite_db)[0].owner == "bob@vendor.example"


def test_the_outcome_is_evidence_again_with_the_colleagues_name(
    ann: FlaskClient, sqlite_db: Database, told: Stage
) -> None:
    first = opened(sqlite_db)[0]
    fields = {"act": "close", "outcome": "spoke", "found": "scrapped", "note": "Gone since May."}
    assert send(ann, f"{INBOX}/{first.id}", **fields).status_code == 303
    with sqlite_db.read() as session:
        said = session.scalars(select(Evidence).where(Evidence.kind == "staff_note")).one()
    assert (said.unit_id, said.says, said.detail, said.author, said.note, said.source) == (
        told.cast.a100231.id,
        "not_in_use",
        "scrapped",
        "ann@vendor.example",
        "Gone since May.",
        "follow-up",
    )
    closed = work(sqlite_db)[0]
    assert (closed.outcome, closed.found, closed.owner, closed.open_key) == ("spoke", "scrapped", said.author, None)
    assert len(work(sqlite_db)) == 2  # what a colleague learned opens no work by itself
    assert "Gone since May." in read(ann, "/staff/accounts/K1")
    assert "No longer in use, scrapped" in read(ann, f"{INBOX}/{first.id}")


def test_handing_over_puts_it_into_the_other_inbox_with_the_note(
    ann: FlaskClient, sam: FlaskClient, sqlite_db: Database
) -> None:
    first = opened(sqlite_db)[0]
    assert "Nothing waits for sales" in read(sam, INBOX)
    fields = {"act": "hand-over", "to": "sales", "outcome": "trade_in", "found": "in_use", "note": "Wants a VX-700."}
    assert send(ann, f"{INBOX}/{first.id}", **fields).status_code == 303
    assert "1 waits for sales" in read(sam, INBOX)
    page = read(sam, f"{INBOX}/{first.id}")
    assert "Handed over to sales" in page
    assert "Wants a VX-700." in page
    assert "1 waits for service" in read(ann, INBOX)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"act": "close"}, "How did it end?"),
        ({"act": "close", "outcome": "taken_back"}, "That is none of the outcomes."),
        ({"act": "close", "outcome": "no_answer", "found": "sold"}, "Nobody was spoken to"),
        ({"act": "close", "outcome": "spoke", "note": "x" * 2001}, "A note has up to 2,000 characters."),
        ({"act": "postpone", "until": "2026-11-21"}, "Postpone it to a day that comes."),
        ({"act": "postpone", "until": "soon"}, "Postpone it until which day?"),
        ({"act": "hand-over", "to": "nobody"}, "Work is handed to service or to sales."),
        ({"act": "hand-over", "to": "service"}, "it lies in the inbox of service"),
        ({"act": "explode"}, "That is no button of this page."),
        ({}, "That is no button of this page."),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    ann: FlaskClient, sqlite_db: Database, fields: dict[str, str], sentence: str
) -> None:
    before = [(row.id, row.state, row.due_on) for row in work(sqlite_db)]
    answer = send(ann, f"{INBOX}/{before[0][0]}", **fields)
    assert answer.status_code in {400, 409}
    assert sentence in words(answer.text)
    assert [(row.id, row.state, row.due_on) for row in work(sqlite_db)] == before


def test_several_are_closed_postponed_and_given_back_by_one_button(ann: FlaskClient, sqlite_db: Database) -> None:
    ids = [row.id for row in opened(sqlite_db)]
    assert "2 follow-ups postponed." in several(ann, ids, "postpone", until="2026-12-24", note="Closed for the year")[1]
    assert {row.due_on for row in opened(sqlite_db)} == {date(2026, 12, 24)}
    several(ann, ids, "take")
    assert "2 follow-ups given back." in several(ann, ids, "give-back")[1]
    assert "2 follow-ups closed." in several(ann, ids, "close", outcome="not_needed")[1]
    assert opened(sqlite_db) == []
    assert "closed by ann@vendor.example meanwhile" in several(ann, ids, "take")[1]
    assert "Nothing was ticked." in several(ann, [], "take")[1]
    assert "2 closed" in read(ann, f"{INBOX}?state=closed")


def test_a_view_is_kept_under_a_name_and_forgotten(ann: FlaskClient, sam: FlaskClient) -> None:
    form = {"csrf_token": token(ann, INBOX), "name": "Late & mine", "owner": "me", "due": "late", "after": "x"}
    assert ann.post(f"{INBOX}/mine/views", base_url=SITE, data=form).location == f"{INBOX}?owner=me&due=late"
    page = ann.get(INBOX, base_url=SITE).text
    assert f'<a href="{INBOX}?owner=me&amp;due=late">Late &amp; mine</a>' in page
    assert "Late &amp; mine" not in sam.get(INBOX, base_url=SITE).text
    number = re.findall(r'name="view" value="(\d+)"', ann.get(f"{INBOX}/mine", base_url=SITE).text)[0]
    for browser, stays in ((sam, True), (ann, False)):
        form = {"csrf_token": token(browser, INBOX), "view": number}
        browser.post(f"{INBOX}/mine/views/forget", base_url=SITE, data=form)
        assert ("Late &amp; mine" in ann.get(INBOX, base_url=SITE).text) is stays


def test_the_mail_is_set_on_the_own_page(ann: FlaskClient, sqlite_db: Database, now: datetime) -> None:
    assert send(ann, f"{INBOX}/mine", every="week", hour="8", weekday="2").status_code == 303
    with sqlite_db.read() as session:
        row = session.scalars(select(WorkDigest)).one()
    assert row.due_at == datetime.fromisoformat("2026-11-25T07:00+00:00") > now
    for nonsense in ({"every": "hour"}, {"every": "day", "hour": "24"}, {"every": "week", "hour": "7", "weekday": "x"}):
        answer = send(ann, f"{INBOX}/mine", **nonsense)
        assert (answer.status_code, "That is no time for a mail." in answer.text) == (400, True)


def test_a_rule_is_written_tried_on_the_past_and_switched_on(
    ann: FlaskClient, sqlite_db: Database, told: Stage, now: datetime
) -> None:
    form = {
        "csrf_token": token(ann, f"{INBOX}/rules/write?from=other_service"),
        "key": "other_service",
        "cause": ["used_other_service", "backup"],
        "product": ["VX-500"],
        "what": "Send Ann.",
        "team": "sales",
        "due_in_days": "1",
    }
    draft = ann.post(f"{INBOX}/rules/write", base_url=SITE, data=form)
    assert draft.status_code == 303
    page = read(ann, draft.location)
    assert "In the last 12 months it would have opened 2" in page
    assert "2 were opened then anyway, and 0 would have come on top." in page
    assert "a draft: it opens nothing" in page
    form = {"csrf_token": token(ann, draft.location)}
    assert ann.post(f"{draft.location}/on", base_url=SITE, data=form).status_code == 303
    assert ann.post(f"{draft.location}/on", base_url=SITE, data=form).status_code == 409
    opt_out(sqlite_db, told.nora, Way.PAGE, now)
    answer(sqlite_db, told.nora, Why(Reason.USED_OTHER_SERVICE), now, language="en")
    assert [(row.team, row.what, row.rule_version) for row in opened(sqlite_db)][-1] == ("sales", "Send Ann.", 1)
    assert ann.post(f"{draft.location}/off", base_url=SITE, data=form).status_code == 303
    assert "built in" in read(ann, f"{INBOX}/rules")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": "No Name"}, "A rule needs a short name."),
        ({"cause": "nonsense"}, "A rule needs something to listen for."),
        ({"what": " "}, "Say what to do."),
        ({"due_in_days": "366"}, "Work is due in 0 to 365 days."),
        ({"due_in_days": "soon"}, "Work is due in 0 to 365 days."),
    ],
)
def test_a_rule_that_makes_no_sense_comes_back_as_typed(
    ann: FlaskClient, change: dict[str, str], sentence: str
) -> None:
    good = {"key": "mine", "cause": "backup", "what": "Call.", "team": "service", "due_in_days": "3"}
    answer = send(ann, f"{INBOX}/rules/write", **{**good, **change})
    assert (answer.status_code, sentence in answer.text) == (400, True)


def test_who_asked_not_to_be_contacted_is_shown_without_an_address(
    ann: FlaskClient, sqlite_db: Database, told: Stage, now: datetime
) -> None:
    id_ = work(sqlite_db)[0].id
    wish_contact(sqlite_db, told.una, now + timedelta(hours=1), wished=False)
    page = ann.get(f"{INBOX}/{id_}", base_url=SITE).text
    assert "asked that nobody calls or writes about this" in page
    assert "una@toolroom-north.example" not in page
    assert "5550" not in page
    assert "5550" not in ann.get("/staff/accounts/K1", base_url=SITE).text
    assert 'name="outcome"' not in page


@pytest.mark.parametrize("page", [f"{INBOX}/7777", f"{INBOX}/rules/7777", f"{INBOX}/rules/write?from=nothing"])
def test_what_is_not_there_is_said_so(ann: FlaskClient, page: str) -> None:
    read(ann, page, 404)


def test_a_marketer_has_no_inbox(hire: Hire) -> None:
    mia = hire("marketer", email="mia@vendor.example")
    mia.sign_in()
    read(mia.browser, INBOX, 403)
    assert "Follow-up" not in read(mia.browser, "/staff/")
