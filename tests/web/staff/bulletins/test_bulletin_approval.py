"""Four eyes on pages: asking, the difference, answering, and what a run does meanwhile."""

from datetime import datetime

import pytest
from jinja2 import BytecodeCache
from sqlalchemy import select

from newsletter.bulletin.approval import Approval
from newsletter.db import Database
from newsletter.ledger.run import Run
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.staff.audit import AuditEntry
from newsletter.web.app import create_app
from newsletter.web.staff import bulletin_parts as parts
from tests import cast
from tests.conftest import MakeConfig
from tests.ledger.stage import TEXT
from tests.web.staff.bulletins.newsroom import Newsroom, signed_in, value

PAGE = "/staff/bulletins/TB-1/approval"


@pytest.fixture
def ada(db: Database, config: MakeConfig, links: Links, now: datetime, templates: BytecodeCache) -> Newsroom:
    """Ada from marketing, in a house where nobody sends a technical bulletin alone."""
    settings = config(db, zone="Europe/Berlin", base_url="https://news.vendor.example", approval=("technical",))
    app = create_app(settings, db=db)
    app.jinja_env.bytecode_cache = templates
    with db.write() as session:
        played = cast.play(session, now)
    return Newsroom(app, db, links, played, now, signed_in(app, db, "ada@vendor.example", ["marketer"], now))


def ask(here: Newsroom, note: str = "") -> int:
    seal = value(here.open(PAGE), "seal")
    return here.post(PAGE, seal=seal, note=note).status_code


def answer(here: Newsroom, said: str, words: str = "") -> str:
    with here.db.read() as session:
        newest = session.scalar(select(Approval.id).order_by(Approval.id.desc()).limit(1))
    return here.post(f"{PAGE}/answer", approval=newest or 0, answer=said, words=words).text


def test_from_asking_to_sending(ada: Newsroom) -> None:
    ada.written()
    look = ada.get("/staff/bulletins/TB-1/send")
    assert "needs the approval of a second colleague" in look
    assert ada.post("/staff/bulletins/TB-1/send", seen=value(ada.open("/staff/bulletins/TB-1/send"), "seen")).location
    with ada.db.read() as session:
        run = session.scalars(select(Run)).one()
    with ada.app.app_context():
        gate = parts.desk().gate
    assert start_due(ada.db, "engine", ada.now, gate=gate) == []
    assert "does not start before a second colleague approved it" in ada.get(f"/staff/runs/{run.id}")
    assert ask(ada, "Is the torque right?") == 303
    mine = ada.get(PAGE)
    assert "Waits for a second colleague" in mine
    assert "You wrote it or asked, so somebody else has to answer." in mine
    otto = ada.hire("service")
    assert "Approve or refuse" in otto.get("/staff/")
    assert "It waits for somebody else" in ada.get("/staff/")
    theirs = otto.get(PAGE)
    assert "Is the torque right?" in theirs
    assert "Goes to 4 people" in theirs
    assert "Nothing forbids to send it" in theirs
    answer(otto, "yes", "Torque checked.")
    assert "Approved by otto@vendor.example" in ada.get(PAGE)
    assert "second colleague" not in ada.get("/staff/")
    assert start_due(ada.db, "engine", ada.now, gate=gate) == [run.id]
    with ada.db.read() as session:
        acts = [(entry.who.partition("@")[0], entry.act) for entry in session.scalars(select(AuditEntry))]
    assert ("ada", "ask for approval") in acts
    assert ("otto", "approve") in acts


def test_ada_cannot_say_yes_to_her_own(ada: Newsroom) -> None:
    ada.written()
    ask(ada)
    assert "You wrote it, so somebody else has to say yes or no." in answer(ada, "yes")
    assert "Waits for a second colleague" in ada.get(PAGE)


def test_who_asked_cannot_either_though_another_wrote_it(ada: Newsroom) -> None:
    ada.written()
    otto = ada.hire("marketer")
    ask(otto)
    assert "You asked, so somebody else" in answer(otto, "yes")


def test_an_edit_voids_the_yes_and_the_difference_is_shown(ada: Newsroom) -> None:
    ada.written()
    ask(ada)
    otto = ada.hire("marketer")
    answer(otto, "yes")
    changed = TEXT.replace("your {{ serial }}", "the new {{ serial }}")
    edit = ada.open("/staff/bulletins/TB-1/edit?as=file")
    assert ada.post("/staff/bulletins/TB-1/edit?as=file", source=changed, seen=value(edit, "seen")).status_code == 303
    page = ada.open(PAGE).text
    assert "Changed since it was asked about" in page
    assert "<del>your</del>" in page
    assert "<ins>the new</ins>" in page.replace("</ins><ins>", "")
    assert "Against version 1 as it was approved" in page
    assert "(void: it is another text now)" in page


def test_a_no_needs_words_and_what_was_typed_stays(ada: Newsroom) -> None:
    ada.written()
    ask(ada)
    otto = ada.hire("marketer")
    assert "A no without a reason helps nobody." in answer(otto, "no")
    answer(otto, "no", "Say which grease.")
    page = ada.get(PAGE)
    assert "Refused by otto@vendor.example" in page
    assert "Say which grease." in page
    assert ask(ada) == 303


def test_two_answers_are_one(ada: Newsroom) -> None:
    ada.written()
    ask(ada)
    otto, ines = ada.hire("marketer"), ada.hire("marketer", email="ines@vendor.example")
    answer(otto, "yes")
    assert "otto@vendor.example answered it already." in answer(ines, "no", "Too late?")
    assert "Approved by otto@vendor.example" in ada.get(PAGE)


def test_what_was_changed_after_the_look_is_not_asked_about(ada: Newsroom) -> None:
    ada.written()
    seal = value(ada.open(PAGE), "seal")
    edit = ada.open("/staff/bulletins/TB-1/edit?as=file")
    ada.post("/staff/bulletins/TB-1/edit?as=file", source=TEXT + "\nMore.\n", seen=value(edit, "seen"))
    stale = ada.post(PAGE, seal=seal)
    assert stale.status_code == 409
    assert "was changed since you looked" in stale.text
    assert ada.count(Approval) == 0


def test_what_is_forbidden_cannot_be_asked_about(ada: Newsroom) -> None:
    ada.written(TEXT + "\n[x](http://10.0.0.1/)\n")
    page = ada.open(PAGE)
    assert 'name="seal"' not in page.text
    assert ada.post(PAGE, seal="x").status_code == 400
    assert ada.count(Approval) == 0


@pytest.mark.parametrize(
    "form",
    [{}, {"answer": "maybe"}, {"answer": "yes", "approval": "-1"}, {"answer": "yes", "approval": "9" * 30}],
)
def test_nonsense_is_refused_in_words(form: dict[str, str], ada: Newsroom) -> None:
    ada.written()
    assert ada.post(f"{PAGE}/answer", **form).status_code in (400, 404)


def test_words_are_shown_as_text_and_a_nul_is_no_error(ada: Newsroom) -> None:
    ada.written()
    assert ask(ada, "<script>alert(1)</script>\0") == 303
    assert "<script>alert" not in ada.open(PAGE).text


def test_sales_may_look_and_not_answer(ada: Newsroom) -> None:
    ada.written()
    ask(ada)
    sales = ada.hire("sales")
    assert "Your answer" not in sales.get(PAGE)
    assert sales.post(f"{PAGE}/answer", answer="yes", approval="1").status_code == 403


def test_where_nobody_set_it_no_class_needs_approval(room: Newsroom) -> None:
    room.written()
    assert "needs no approval here" in room.get(PAGE)
    assert "second colleague" not in room.get("/staff/bulletins/TB-1/send")
