"""A colleague reads an account record and writes things down."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from newsletter.account.contact import Contact
from newsletter.account.fact import AccountFact
from newsletter.account.note import Note
from newsletter.audience.preferences import Preference
from newsletter.db import Database
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Reason
from newsletter.signal.evidence import Evidence
from newsletter.staff.audit import AuditEntry
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE, send
from tests.web.staff.conftest import Hire

RECORD = "/staff/accounts/K1"


def text(browser: FlaskClient, page: str = RECORD) -> str:
    """What a reader sees of a page, on one line."""
    answered = browser.get(page, base_url=SITE)
    assert answered.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answered.text))


def form(stage: Stage, name: str) -> str:
    return f"/staff/records/{stage.cast.north.id}/{name}"


def kept(db: Database, table: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_what_we_know_is_written_down_with_name_and_its_history(browser: FlaskClient, stage: Stage) -> None:
    page = form(stage, "known/trade_in")
    for value, words in (("asked", "Called."), ("yes", "<b>She</b> wants an offer.")):
        done = send(browser, page, value=value, words=words)
        assert (done.status_code, done.headers["Location"]) == (303, RECORD)
    said = text(browser)
    assert "Interest in a trade-in yes &lt;b&gt;She&lt;/b&gt; wants an offer. ada@vendor.example" in said
    history = text(browser, page)
    assert history.index("wants an offer") < history.index("Called.")


def test_a_call_is_on_the_record_and_we_only_ever_speak_at_renewal(browser: FlaskClient, stage: Stage) -> None:
    asked = {"means": "call", "about": "renewal", "person": str(stage.cast.nora.id), "day": "2026-11-02"}
    send(browser, form(stage, "contact"), **asked)
    said = text(browser)
    assert "We only ever speak to them about a renewal." in said
    assert "Call about a renewal, with Nora Frost ada@vendor.example · 2 Nov 2026" in said
    send(browser, form(stage, "contact"), **{**asked, "about": "them", "means": "visit"})
    assert "We only ever speak" not in text(browser)


def test_a_note_and_a_better_word_carry_the_colleagues_name(
    browser: FlaskClient, sqlite_db: Database, stage: Stage
) -> None:
    unit = str(stage.cast.c77.id)
    send(browser, form(stage, "note"), words="Gate on the left.", unit=unit)
    send(browser, form(stage, "verdict"), unit=unit, says="in_use", words="I saw it run.")
    said = text(browser)
    assert "Note about C77 Gate on the left." in said
    assert "C77: in use, says a colleague I saw it run." in said
    assert "In use : said by ada@vendor.example on 21 November 2026, in a note." in said
    with sqlite_db.read() as session:
        told = session.scalars(select(Evidence)).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "overruled a verdict")).one()
    assert (told.kind, told.author, told.note) == ("staff_note", "ada@vendor.example", "I saw it run.")
    assert entry.subject == f"account K1, evidence {told.id}"


BAD = {
    "an override without a reason": ("verdict", {"says": "in_use", "words": " "}, "a name and a reason"),
    "an override that says nothing": ("verdict", {"says": "sure", "words": "x"}, "not chosen yet"),
    "a call of tomorrow's tomorrow": (
        "contact",
        {"means": "call", "about": "them", "day": "2026-11-23"},
        "still to come",
    ),
    "a call of no day": ("contact", {"means": "call", "about": "them", "day": "soon"}, "no day"),
    "a note of nothing": ("note", {"words": "  "}, "nothing in the note"),
    "a value that is none": ("known/audit", {"value": "maybe", "words": "typed"}, "none of the answers"),
    "a novel": ("known/values", {"value": "x" * 3000, "words": "typed"}, "longer than"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_kept_stands_in_the_form_again(
    browser: FlaskClient, sqlite_db: Database, stage: Stage, case: str
) -> None:
    page, fields, wrong = BAD[case]
    refused = send(browser, form(stage, page), **{"unit": str(stage.cast.c77.id), **fields})
    assert (refused.status_code, wrong in refused.text) == (400, True)
    assert 'id="wrong"' in refused.text
    assert 'aria-describedby="wrong"' in refused.text
    assert fields.get("words", "").strip() in refused.text
    assert [kept(sqlite_db, table) for table in (Evidence, Contact, Note, AccountFact)] == [0, 0, 0, 0]


def test_another_accounts_machine_or_person_is_not_found(browser: FlaskClient, stage: Stage) -> None:
    fields = {"unit": str(stage.cast.a100500.id), "says": "in_use", "words": "x"}
    assert send(browser, form(stage, "verdict"), **fields).status_code == 404
    fields = {"means": "call", "about": "them", "day": "2026-11-02", "person": str(stage.cast.ines.id)}
    assert send(browser, form(stage, "contact"), **fields).status_code == 404
    for page in ("/staff/records/999999/note", form(stage, "known/made-up"), f"/staff/records/{'9' * 30}/note"):
        assert browser.get(page, base_url=SITE).status_code == 404


def test_each_reason_leads_to_its_place_on_the_timeline(
    browser: FlaskClient, sqlite_db: Database, stage: Stage, now: datetime
) -> None:
    opt_out(sqlite_db, stage.una, Way.PAGE, now - timedelta(days=20))
    answer(sqlite_db, stage.una, Why(Reason.BACKUP), now - timedelta(days=20), language="de")
    html = browser.get(RECORD, base_url=SITE).text
    link = re.search(r'<a href="(#entry-1-\d+)">In use as back-up', html)
    assert link
    assert f'id="{link[1][1:]}"' in html
    with sqlite_db.write() as session:
        for number in range(60):
            note = Note(account_id=stage.cast.north.id, unit_id=None, text=str(number), author="x", noted_at=now)
            session.add(note)
    html = browser.get(RECORD, base_url=SITE).text
    far = re.search(r'<a href="(/staff/accounts/K1\?before=[^"#]+)#(entry-1-\d+)">In use as back-up', html)
    assert far
    assert f'id="{far[2]}"' in browser.get(far[1].replace("&amp;", "&"), base_url=SITE).text


def test_a_past_day_is_marked_and_offers_nothing_to_write(browser: FlaskClient, stage: Stage) -> None:
    assert stage
    past = text(browser, f"{RECORD}?as_of=2026-05-01")
    assert "This is what we would have thought on 1 May 2026." in past
    assert "Write a note" not in past
    for wrong in ("as_of=2027-01-01", "as_of=x", "before=x", "kind=x"):
        refused = browser.get(f"{RECORD}?{wrong}", base_url=SITE)
        assert (refused.status_code, "Traceback" in refused.text) == (400, False)


def test_the_timeline_is_narrowed_to_a_kind(browser: FlaskClient, sqlite_db: Database, stage: Stage) -> None:
    send(browser, form(stage, "note"), words="Gate on the left.")
    assert "Gate on the left." in text(browser, f"{RECORD}?kind=notes")
    assert "accepted by their server" not in text(browser, f"{RECORD}?kind=notes").partition("What happened")[2]
    assert "Gate on the left." not in text(browser, f"{RECORD}?kind=mails")
    assert "Nothing of this kind." in text(browser, f"{RECORD}?kind=work")
    assert kept(sqlite_db, Note) == 1


def test_a_private_owner_is_called_so(browser: FlaskClient, stage: Stage) -> None:
    assert "Private owner K1" not in text(browser)
    page = browser.get(RECORD, base_url=SITE).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    data = {"csrf_token": token, "is_private": "yes"}
    browser.post(form(stage, "private"), base_url=SITE, data=data)
    said = text(browser)
    assert "Private owner K1" in said
    assert "The owner" in said
    assert " People " not in said
    assert "Marked as a private owner. 21 Nov 2026" in said


def test_somebody_who_asked_not_to_be_contacted_stands_out(
    browser: FlaskClient, sqlite_db: Database, stage: Stage, now: datetime
) -> None:
    with sqlite_db.write() as session:
        session.add(Preference(person_id=stage.cast.nora.id, frequency="monthly", no_contact_since=now))
    said = text(browser)
    assert "Asked not to be contacted" in said
    assert "Wishes: once a month, all in one mail" in said
    assert "Last mail: TB-2026-014, accepted by their server, 21 Nov 2026" in said


@pytest.mark.parametrize("page", ["note", "contact", "verdict", "known/mood"])
def test_marketing_reads_and_writes_nothing(hire: Hire, stage: Stage, page: str) -> None:
    mara = hire("marketer", email="mara@vendor.example")
    mara.sign_in()
    assert "Write a note" not in text(mara.browser)
    assert mara.browser.get(form(stage, page), base_url=SITE).status_code == 403
    sam = hire("sales", email="sam@vendor.example")
    sam.sign_in()
    assert "Write a note" in text(sam.browser)
    assert sam.browser.get(form(stage, page), base_url=SITE).status_code == 200
