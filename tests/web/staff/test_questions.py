"""The question as content: the pages on which a marketer words it and everybody reads it."""

from datetime import datetime
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter.db import Database
from newsletter.language import SUPPORTED
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.force import put_in_force
from newsletter.question.reasons import Reason
from newsletter.question.version import Wording
from newsletter.question.versions import version
from newsletter.question.wording import LINES
from tests.conftest import MakeConfig
from tests.optout.copies import Stage
from tests.question.drafts import draft, written
from tests.web.staff.colleagues import SITE, Colleague, send, token
from tests.web.staff.conftest import Hire

HOSTILE = "<script>alert(1)</script> {{ 7*7 }} {vendor}"


@pytest.fixture
def mia(hire: Hire, stage: Stage) -> Colleague:  # noqa: ARG001 - there are topics
    """A marketer who is signed in."""
    mia = hire("marketer", email="mia@vendor.example")
    mia.sign_in()
    return mia


@pytest.fixture
def leave(stage: Stage, config: MakeConfig) -> str:
    """Una's page."""
    return f"/leave/{config().links().opt_out_token(stage.una)}?lang=en"


def form(**more: str) -> dict[str, str | list[str]]:
    """The form of a version as it stands, with some fields changed; `why_backup` is the line "why.backup"."""
    places = {f"place.{code}": str(place) for place, code in enumerate(Reason, start=1)}
    typed = {f"words.{line.replace('_', '.', 1)}": words for line, words in more.items()}
    return {"name": "Short", "language": "en", "seen": "", "on": ["other", "backup", "not_used"], **places, **typed}


def save(browser: FlaskClient, number: int, **fields: object) -> tuple[int, str]:
    page = f"/staff/questions/{number}/write"
    sent = browser.post(page, base_url=SITE, data={"csrf_token": token(browser, page), **form(), **fields})
    return sent.status_code, sent.headers.get("Location", "") + unescape(sent.text)


def test_a_version_is_written_looked_at_and_put_in_force(
    mia: Colleague, stage: Stage, sqlite_db: Database, now: datetime, leave: str
) -> None:
    status, there = save(mia.browser, 2, **form(why="Why, please?", why_backup="A spare now"))
    assert status == 303
    assert "/staff/questions/101?language=en" in there
    page = mia.browser.get("/staff/questions/101", base_url=SITE).text
    assert "A draft: nobody saw it" in page
    for seen in ("Why, please?", "A spare now", "No longer offered: “Too many mails”"):
        assert seen in page
    data = {
        "csrf_token": token(mia.browser, "/staff/questions"),
        "topic": str(stage.cast.bulletins.id),
        "number": "101",
    }
    assert mia.browser.post("/staff/questions/in-force", base_url=SITE, data=data).status_code == 303
    opt_out(sqlite_db, stage.una, Way.PAGE, now)
    asked = mia.browser.get(leave, base_url=SITE).text
    assert "Why, please?" in asked
    assert asked.index("A spare now") < asked.index("We no longer use it") < asked.index("Something else")
    assert "Too many mails" not in asked


def test_what_a_reader_may_have_seen_is_never_edited(mia: Colleague, sqlite_db: Database, now: datetime) -> None:
    number = written(sqlite_db, now)
    page = f"/staff/questions/{number}/write"
    typed = {"csrf_token": token(mia.browser, page), **form(why="Changed?"), "seen": "1"}
    put_in_force(sqlite_db, number, None, by="x", now=now)
    answer = mia.browser.post(page, base_url=SITE, data=typed)
    assert (answer.status_code, "stays as it is" in answer.text, "Changed?" in answer.text) == (409, True, True)
    status, there = save(mia.browser, number, **form(why="Changed?"))
    assert (status, "/staff/questions/102" in there) == (303, True)
    with sqlite_db.read() as session:
        assert version(session, number).own("en") == {"why": "Why, please?"}


def test_who_was_overtaken_is_told_and_loses_nothing(mia: Colleague, sqlite_db: Database, now: datetime) -> None:
    number = written(sqlite_db, now)
    assert save(mia.browser, number, **{**form(why="Mine?"), "seen": "1"})[0] == 303
    status, page = save(mia.browser, number, **{**form(why="Yours?"), "seen": "1"})
    assert (status, "Somebody else saved" in page, "Yours?" in page) == (409, True, True)
    assert 'name="seen" value="2"' in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"words.why": "x" * 121}, "120 is the most"),
        ({"words.why.backup": "see https://acme.example"}, "reads as a link"),
        ({"words.why.backup": "b\u202ead"}, "cannot be seen"),
        ({"on": ["other"]}, "at least two reasons"),
        ({"place.other": "x"}, "whole number"),
        ({"place.other": "9" * 30}, "whole number"),
        ({"place.other": "-1"}, "whole number"),
    ],
    ids=["no name", "too long", "a link", "bidi", "one reason", "no number", "a huge number", "below nothing"],
)
def test_what_cannot_be_kept_comes_back_beside_its_field(
    mia: Colleague, sqlite_db: Database, change: dict[str, object], said: str
) -> None:
    status, page = save(mia.browser, 2, **{**form(intro="Keep what I typed"), **change})
    assert (status, said in page, "Keep what I typed" in page) == (400, True, True)
    with sqlite_db.read() as session:
        assert session.scalars(select(Wording)).all() == []


@pytest.mark.parametrize(
    ("moved", "place", "order"),
    [
        ("other", 1, "oabc"),
        ("other", 2, "aobc"),
        ("not_used", 3, "bcao"),
        ("not_used", 4, "bcoa"),
        ("other", 4, "abco"),
    ],
)
def test_a_reason_that_is_moved_to_a_place_stands_there(
    mia: Colleague, sqlite_db: Database, now: datetime, moved: str, place: int, order: str
) -> None:
    names = {"a": Reason.NOT_USED, "b": Reason.BACKUP, "c": Reason.TOO_MANY, "o": Reason.OTHER}
    base = written(sqlite_db, now, draft("en", tuple(names.values())))
    places = {f"place.{code}": str(at) for at, code in enumerate(names.values(), start=1)}
    typed = {**form(), **places, f"place.{moved}": str(place), "on": [*names.values()]}
    assert save(mia.browser, base, **typed)[0] == 303
    with sqlite_db.read() as session:
        assert version(session, base + 1).reasons == tuple(names[letter] for letter in order)


def test_fault_31_staff_text_is_inert_on_every_page(mia: Colleague, sqlite_db: Database, now: datetime) -> None:
    number = written(sqlite_db, now, draft("en", name=HOSTILE[:60], why=HOSTILE, why_backup=HOSTILE))
    for page in ("", f"/{number}", f"/{number}/write", f"/{number}/preview", "/experiments/new"):
        shown = mia.browser.get(f"/staff/questions{page}", base_url=SITE)
        assert (page, shown.status_code, "<script>alert" in shown.text) == (page, 200, False)
        assert "alert(1)&lt;/script&gt;" in shown.text
    assert "{{ 7*7 }} {vendor}" in unescape(mia.browser.get(f"/staff/questions/{number}/preview", base_url=SITE).text)


def test_fault_31_an_answer_in_staff_words_is_inert_too(
    mia: Colleague, sqlite_db: Database, stage: Stage, now: datetime, leave: str
) -> None:
    put_in_force(sqlite_db, written(sqlite_db, now, draft("en", why_backup=HOSTILE)), None, by="x", now=now)
    opt_out(sqlite_db, stage.una, Way.PAGE, now)
    answer(sqlite_db, stage.una, Why(Reason.BACKUP), now, language="en")
    page = mia.browser.get(leave, base_url=SITE).text
    assert "<script>alert" not in page
    assert f"Your answer: <bdi>{HOSTILE}" in unescape(page)


@pytest.mark.parametrize("language", SUPPORTED)
def test_the_preview_is_the_readers_page_with_dead_buttons(
    mia: Colleague, sqlite_db: Database, now: datetime, language: str
) -> None:
    number = written(sqlite_db, now, draft("ar", why="لماذا؟"))
    shown = mia.browser.get(f"/staff/questions/{number}/preview?lang={language}", base_url=SITE)
    with sqlite_db.read() as session:
        spoken = version(session, number).spoken(language)
    page = unescape(shown.text)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert spoken["why"] in page
    assert page.index(spoken["why.not_used"]) < page.index(spoken["why.backup"]) < page.index(spoken["why.other"])
    policy = shown.headers["Content-Security-Policy"]
    for directive in ("sandbox", "form-action 'none'", "script-src 'none'", "frame-ancestors 'self'"):
        assert directive in policy


def test_a_page_tells_which_languages_are_left_to_the_product(
    mia: Colleague, sqlite_db: Database, now: datetime
) -> None:
    number = written(sqlite_db, now, draft("de", why="Warum?"))
    page = mia.browser.get(f"/staff/questions/{number}?language=cs", base_url=SITE).text
    assert f"Deutsch: 1 line of its own, {len(LINES) - 1} as the product has them" in page
    assert "all as the product has it in Čeština" in page
    assert "Jedna krátká otázka: proč?" in page


def test_a_trial_is_started_read_and_ended(mia: Colleague, sqlite_db: Database, stage: Stage, now: datetime) -> None:
    written(sqlite_db, now)
    new = "/staff/questions/experiments/new"
    fields = {"topic": str(stage.cast.bulletins.id), "first": "2", "second": "101", "share": "50"}
    assert send(mia.browser, new, **{**fields, "share": "0"}).status_code == 400
    assert send(mia.browser, new, **{**fields, "second": "2"}).status_code == 400
    assert send(mia.browser, new, **fields).location == "/staff/questions/experiments/1"
    assert send(mia.browser, new, **fields).status_code == 409
    opt_out(sqlite_db, stage.una, Way.PAGE, now)
    page = mia.browser.get("/staff/questions/experiments/1", base_url=SITE).text
    assert "only 0 people were asked, and each needs 100" in page
    assert "see how they stand" in mia.browser.get("/staff/questions", base_url=SITE).text
    there = "/staff/questions/experiments/1"
    ending = {"csrf_token": token(mia.browser, there), "keep": "101"}
    assert mia.browser.post(f"{there}/end", base_url=SITE, data=ending).status_code == 303
    assert "Version 101 is in force" in mia.browser.get(there, base_url=SITE).text
    assert mia.browser.post(f"{there}/end", base_url=SITE, data=ending).status_code == 409


def test_everybody_reads_and_only_a_marketer_writes(hire: Hire, sqlite_db: Database, now: datetime) -> None:
    number = written(sqlite_db, now)
    ada = hire("service")
    ada.sign_in()
    for page in ("", f"/{number}", f"/{number}/preview"):
        shown = ada.browser.get(f"/staff/questions{page}", base_url=SITE)
        assert (page, shown.status_code) == (page, 200)
        assert "Put in force" not in shown.text
    for page in (f"/{number}/write", "/experiments/new"):
        assert ada.browser.get(f"/staff/questions{page}", base_url=SITE).status_code == 403
    for page in ("/in-force", f"/{number}/write", "/experiments/new", "/experiments/1/end"):
        assert ada.browser.post(f"/staff/questions{page}", base_url=SITE).status_code == 403


@pytest.mark.parametrize(
    "page", ["/4711", "/4711/write", "/4711/preview", "/experiments/4711", f"/{2**63}", "/2/write?language=tlh", "/x"]
)
def test_what_is_not_there_is_not_found(mia: Colleague, page: str) -> None:
    assert mia.browser.get(f"/staff/questions{page}", base_url=SITE).status_code == 404
