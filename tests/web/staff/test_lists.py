"""The lists of accounts to call, as colleagues see them."""

import csv
import re
from collections.abc import Callable
from datetime import date, datetime
from io import StringIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.checkin.check_in import CheckIn
from newsletter.db import Database
from newsletter.retention.count_reach import count_reach
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE, Colleague, token

SILENCE, COVERAGE = "/staff/silence", "/staff/coverage"
PAGES = [SILENCE, COVERAGE, f"{COVERAGE}/renewal", f"{COVERAGE}/ending"]
FILES = [f"{SILENCE}/calls.csv", *(f"{COVERAGE}/{name}.csv" for name in ("unreached", "renewal", "ending"))]
ODD = "?months=%00&model=%27&country=%F0%9F%98%80&owner=-&tier=x&agreement=maybe&after=2026-99-99.x&why=nonsense"


@pytest.fixture
def desk(hire: Callable[..., Colleague], stage: Stage) -> FlaskClient:
    """The browser of a marketer, with the cast on stage."""
    assert stage
    ada = hire("marketer")
    ada.sign_in()
    return ada.browser


def read(browser: FlaskClient, page: str) -> str:
    answer = browser.get(page, base_url=SITE)
    assert answer.status_code == 200, page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def rows(browser: FlaskClient, page: str) -> list[dict[str, str]]:
    answer = browser.get(page, base_url=SITE)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("page", [*PAGES, *FILES])
@pytest.mark.parametrize("asked", ["", ODD])
def test_every_list_answers_to_anything_an_address_may_hold(browser: FlaskClient, page: str, asked: str) -> None:
    """Fault 36."""
    assert browser.get(page + asked, base_url=SITE).status_code == 200


@pytest.mark.parametrize("page", [f"{COVERAGE}/other.csv", f"{COVERAGE}/other"])
def test_there_is_no_other_list(browser: FlaskClient, page: str) -> None:
    assert browser.get(page, base_url=SITE).status_code == 404


def test_silence_names_the_account_the_sign_and_whom_to_ask(desk: FlaskClient) -> None:
    page = read(desk, SILENCE)
    assert "4 accounts not heard from for 18 months" in page
    assert "K1 · Germany none ever ? unknown" in page.replace("?  unknown", "? unknown") or "none ever unknown" in page
    assert "Nora Frost nora@toolroom-north.example" in page
    assert "nobody nobody stands there on record" in page


def test_a_round_is_started_from_the_list(desk: FlaskClient, sqlite_db: Database, stage: Stage) -> None:
    form = {"csrf_token": token(desk, SILENCE), "account": [str(stage.cast.valves.id)]}
    answer = desk.post("/staff/check-ins", base_url=SITE, data=form)
    assert (answer.status_code, "/rounds/" in answer.location) == (303, True)
    with sqlite_db.read() as session:
        assert session.scalars(select(CheckIn.account_id)).all() == [stage.cast.valves.id]


def test_accounts_are_asked_only_after_the_silence_that_the_rule_asks_for(desk: FlaskClient) -> None:
    assert 'type="checkbox"' in desk.get(f"{SILENCE}?months=18", base_url=SITE).text
    page = desk.get(f"{SILENCE}?months=17", base_url=SITE).text
    assert 'type="checkbox"' not in page
    assert "Accounts are asked after 18 months of silence" in page


def test_who_may_not_ask_sees_no_box(browser: FlaskClient, stage: Stage) -> None:
    assert stage
    assert 'type="checkbox"' not in browser.get(SILENCE, base_url=SITE).text


def test_the_list_and_its_file_are_narrowed_alike(desk: FlaskClient) -> None:
    page = desk.get(f"{SILENCE}?country=DE&model=CT-7", base_url=SITE).text
    assert re.findall(r'href="/staff/accounts/(K\d)"', page) == ["K1"]
    found = re.search(r'href="(/staff/silence/calls\.csv[^"]+)"', page)
    assert found
    assert [row["account"] for row in rows(desk, found[1].replace("&amp;", "&"))] == ["K1"]


def test_a_name_is_text_and_never_markup(desk: FlaskClient, sqlite_db: Database) -> None:
    """Fault 31."""
    with sqlite_db.write() as session:
        session.execute(update(Account).values(name="<script>alert(1)</script>", owner="<img src=x>"))
    assert "<script>alert" not in desk.get(SILENCE, base_url=SITE).text
    assert "<img" not in desk.get(SILENCE, base_url=SITE).text


def test_coverage_says_when_nobody_has_looked_and_what_was_found(
    desk: FlaskClient, sqlite_db: Database, now: datetime
) -> None:
    assert "Nobody has looked so far" in read(desk, COVERAGE)
    count_reach(sqlite_db, now)
    page = read(desk, COVERAGE)
    assert "1 machine that we reach nobody about" in page
    assert "At 1 of 4 accounts with machines" in page
    assert "Nobody stands there on record 1 1" in page
    assert "No account is like that" in read(desk, f"{COVERAGE}?why=bounced")
    assert [row["reached"] for row in rows(desk, f"{COVERAGE}/unreached.csv")] == ["nobody stands there on record"]


def test_agreements_that_end_lead_to_a_check_in(
    desk: FlaskClient, sqlite_db: Database, stage: Stage, now: datetime
) -> None:
    with sqlite_db.write() as session:
        unit = stage.cast.a100900.id
        session.add(Agreement(unit_id=unit, until=date(2026, 12, 31), source="test", recorded_at=now))
    page = desk.get(f"{COVERAGE}/ending", base_url=SITE).text
    assert "31 Dec 2026" in page
    assert 'href="/staff/check-ins?words=K3"' in page
    assert [row["serial"] for row in rows(desk, f"{COVERAGE}/ending.csv")] == ["A100900"]
    assert "No agreement of that kind" in read(desk, f"{COVERAGE}/ending?months=1&country=DE")
