"""The pages of themes, without JavaScript."""

from html import unescape

import pytest
from flask.testing import FlaskClient

from newsletter.db import Database
from newsletter.theme.choosing import look_for
from tests.web.staff.colleagues import SITE, send, token
from tests.web.staff.conftest import Hire

DAY = {"accent": "#b00020", "on_accent": "#ffffff", "background": "#f2f2f2", "paper": "#ffffff"}
RED = {"name": "Red <b>", "key": "red", "logo": "https://acme.example/l.png", "logo_alt": "Acme", **DAY}


@pytest.fixture
def mara(hire: Hire) -> FlaskClient:
    colleague = hire("marketer")
    colleague.sign_in()
    return colleague.browser


def make(mara: FlaskClient, **fields: str) -> None:
    assert send(mara, "/staff/themes/new", **{**RED, "do": "save", **fields}).status_code == 303


def test_a_theme_is_made_and_stands_in_the_list(mara: FlaskClient, sqlite_db: Database) -> None:
    make(mara)
    with sqlite_db.read() as session:
        look = look_for(session, "red")
    assert (look.day.accent, look.logo_alt) == ("#b00020", "Acme")
    page = mara.get("/staff/themes", base_url=SITE).text
    assert "Red &lt;b&gt;" in page
    assert "theme: red" in page


def test_what_nobody_could_read_is_refused_in_words_and_nothing_typed_is_lost(mara: FlaskClient) -> None:
    answer = send(mara, "/staff/themes/new", **{**RED, "accent": "#ff9999", "do": "save"})
    assert answer.status_code == 400
    assert "have a contrast of" in answer.text
    assert 'value="#ff9999"' in answer.text
    assert 'value="Red &lt;b&gt;"' in answer.text


def test_one_looks_before_one_saves(mara: FlaskClient) -> None:
    page = send(mara, "/staff/themes/new", **{**RED, "do": "look"})
    assert page.status_code == 200
    assert "Links on the paper" in page.text
    assert "accent=%23b00020" in unescape(page.text)
    assert "There is none yet" in mara.get("/staff/themes", base_url=SITE).text


def test_the_sample_is_a_letter_in_the_look_by_day_and_in_the_dark(mara: FlaskClient) -> None:
    day = mara.get("/staff/themes/sample", base_url=SITE, query_string=RED)
    assert "#b00020" in day.text
    assert 'alt="Acme"' in day.text
    assert "script-src 'none'" in day.headers["Content-Security-Policy"]
    dark = mara.get("/staff/themes/sample", base_url=SITE, query_string={**RED, "dark": "1"})
    assert "color-scheme: dark" in dark.text


def test_a_sample_of_nonsense_is_a_sentence(mara: FlaskClient) -> None:
    answer = mara.get("/staff/themes/sample", base_url=SITE, query_string={**RED, "accent": "</p><script>"})
    assert answer.status_code == 200
    assert "is no colour" in answer.text
    assert "<script>" not in answer.text


def test_two_colleagues_do_not_overwrite_each_other(mara: FlaskClient) -> None:
    make(mara)
    answer = send(mara, "/staff/themes/red", **{**RED, "seen": "0", "do": "save"})
    assert answer.status_code == 409
    assert "was changed" in answer.text


def test_a_retired_theme_is_gone_from_the_list(mara: FlaskClient) -> None:
    make(mara)
    fields = {"csrf_token": token(mara, "/staff/themes/red")}
    assert mara.post("/staff/themes/red/retire", base_url=SITE, data=fields).status_code == 303
    assert "There is none yet" in mara.get("/staff/themes", base_url=SITE).text
    assert mara.get("/staff/themes/red", base_url=SITE).status_code == 404
    assert mara.get("/staff/themes/%00", base_url=SITE).status_code == 404


def test_only_marketers_see_them(hire: Hire) -> None:
    ada = hire("service")
    ada.sign_in()
    assert ada.browser.get("/staff/themes", base_url=SITE).status_code == 403
