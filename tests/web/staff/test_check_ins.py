import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter.checkin.answer import keep_words, say_not_me, tell_check_in
from newsletter.checkin.check_in import CheckIn, CheckInText
from newsletter.db import Database
from newsletter.links import CheckInLink
from newsletter.post.posted import PostedLetter
from newsletter.question.reasons import Fate
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE, Colleague, send, token

LIST = "/staff/check-ins"


@pytest.fixture
def desk(hire: Callable[..., Colleague], stage: Stage) -> FlaskClient:
    """The browser of a marketer, with the cast on stage."""
    assert stage
    ada = hire("marketer")
    ada.sign_in()
    return ada.browser


def read(browser: FlaskClient, page: str) -> str:
    answer = browser.get(page, base_url=SITE)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def ticked(browser: FlaskClient) -> list[str]:
    return re.findall(r'name="account" value="(\d+)" checked', browser.get(LIST, base_url=SITE).text)


def start(browser: FlaskClient) -> str:
    chosen = ticked(browser)
    answer = browser.post(LIST, base_url=SITE, data={"csrf_token": token(browser, LIST), "account": chosen})
    assert answer.status_code == 303
    return str(answer.location)


def test_the_list_says_who_would_be_asked_and_why_and_who_not(desk: FlaskClient) -> None:
    page = read(desk, LIST)
    assert "4 accounts we have not heard of" in page
    assert "Nora Frost nora@toolroom-north.example agreed to our mail on" in page
    assert "Omar Haddad opted out" in page
    assert "nobody stands there on record" in page
    assert len(ticked(desk)) == 3


@pytest.mark.parametrize(
    ("question", "accounts"),
    [("country=DE", ["K1", "K2"]), ("model=CT-7", ["K1", "K4"]), ("askable=no", ["K4"]), ("words=lake", ["K3"])],
)
def test_the_list_can_be_narrowed_down(desk: FlaskClient, question: str, accounts: list[str]) -> None:
    found = desk.get(f"{LIST}?{question}", base_url=SITE).text
    assert re.findall(r'href="/staff/accounts/(K\d)"', found) == accounts


def test_a_round_is_started_with_one_button_and_its_page_says_what_came_of_it(
    desk: FlaskClient, sqlite_db: Database, stage: Stage, now: datetime
) -> None:
    round_page = start(desk)
    page = read(desk, round_page)
    assert "0 of 3 accounts answered" in page
    assert "waits to be sent" in page
    with sqlite_db.read() as session:
        asked = {row.account_id: row for row in session.scalars(select(CheckIn))}
    pia, nora = (
        CheckInLink(asked[account.id].person_id or 0, asked[account.id].id)
        for account in (stage.cast.valves, stage.cast.north)
    )
    tell_check_in(sqlite_db, pia, stage.cast.a100900.id, Fate.SCRAPPED, now)
    keep_words(sqlite_db, pia, "<b>Gone</b>", now)
    say_not_me(sqlite_db, nora, now)
    page = read(desk, round_page)
    assert "2 of 3 accounts answered" in page
    assert "67 % of the letters that may have arrived" in page
    assert "1 machine: scrapped" in page
    assert "VX-500 A100900: scrapped" in page
    assert "not the right person" in page
    assert "&lt;b&gt;Gone&lt;/b&gt;" in page
    assert "1 account we have not heard of" in read(desk, LIST)


def test_nothing_ticked_is_said_in_a_sentence(desk: FlaskClient) -> None:
    answer = send(desk, LIST)
    assert answer.status_code == 400
    assert "No account was chosen." in answer.text


def test_who_only_reads_starts_nothing(browser: FlaskClient, stage: Stage) -> None:
    assert stage
    page = browser.get(LIST, base_url=SITE).text
    assert 'type="checkbox"' not in page
    assert send_as(browser, page) == 403


def send_as(browser: FlaskClient, page: str) -> int:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    return browser.post(LIST, base_url=SITE, data={"csrf_token": found[1] if found else ""}).status_code


def test_the_rule_is_changed_on_the_page_and_nonsense_refused(desk: FlaskClient) -> None:
    def change(silent: str) -> tuple[int, str]:
        data = {"csrf_token": token(desk, LIST), "silent_months": silent, "period_months": "6"}
        answer = desk.post(f"{LIST}/rule", base_url=SITE, data=data)
        return answer.status_code, answer.text

    assert change("24")[0] == 303
    assert "not asked in the last 6 months" in read(desk, LIST)
    for nonsense in ("0", "x", "-1", "9" * 30, ""):
        status, text = change(nonsense)
        assert (status, "Both are from 1 to 120 months." in text) == (400, True)


def test_the_letter_is_written_looked_at_and_given_back(desk: FlaskClient, sqlite_db: Database) -> None:
    page = f"{LIST}/texts/de"
    assert "Läuft die Maschine noch?" in read(desk, page)
    typed = {"subject": "Guten Tag von {vendor}", "body": "Und {machines}?\n\n<script>x</script>"}
    looked = desk.post(f"{page}/letter", base_url=SITE, data={"csrf_token": token(desk, page), **typed})
    assert "Und <bdi>" not in looked.text
    assert "VX-500 A100231 und VX-500i A103000?" in looked.text
    assert "<script" not in looked.text
    with sqlite_db.read() as session:
        assert session.scalars(select(CheckInText)).all() == []
    assert send(desk, page, wish="save", **typed).status_code == 303
    assert "Written by ada@vendor.example" in read(desk, page)
    start(desk)
    with sqlite_db.read() as session:
        subjects = set(session.scalars(select(PostedLetter.subject).where(PostedLetter.language == "de")))
    assert subjects == {"Guten Tag von Acme Machines"}
    assert send(desk, page, wish="built-in").status_code == 303
    assert "These are the built-in words." in read(desk, page)


def test_fault_33_a_text_that_cannot_be_filled_comes_back_as_typed(desk: FlaskClient) -> None:
    page = f"{LIST}/texts/en"
    answer = send(desk, page, wish="save", subject="Hello {first_name}", body="Text")
    assert answer.status_code == 400
    assert "“{first_name}” cannot be filled." in answer.text
    assert 'value="Hello {first_name}"' in answer.text


@pytest.mark.parametrize("page", [f"{LIST}/texts/tlh", f"{LIST}/rounds/7", f"{LIST}/rounds/{10**30}"])
def test_what_is_not_there_is_said_so(desk: FlaskClient, page: str) -> None:
    assert desk.get(page, base_url=SITE).status_code == 404
