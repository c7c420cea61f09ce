import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.account.account import Account
from newsletter.account.note import Note
from newsletter.audience.person import Affiliation, Person
from newsletter.db import Database
from newsletter.ledger.engine import EngineSeen
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Reason
from newsletter.signal.rules import State
from newsletter.web.app import create_app
from newsletter.web.staff.show import age_in_words, percent, verdict
from tests.conftest import MakeConfig
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE, hired

PAGES = ["/staff/", "/staff/accounts", "/staff/accounts/K1", "/staff/accounts/K4", "/staff/leaving"]
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\u202e'"


def text(browser: FlaskClient, page: str) -> str:
    """What a reader sees of a page, on one line."""
    answer = browser.get(page, base_url=SITE)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_what_a_reader_needs_to_find_the_way(browser: FlaskClient, stage: Stage, page: str) -> None:
    assert stage.cast.north.number == "K1"
    html = browser.get(page, base_url=SITE).text
    assert '<html lang="en">' in html
    assert re.search(r"<title>.+ · Newsletter</title>", html)
    assert html.count("<h1>") == 1
    assert 'href="#main">Skip to the content' in html
    assert html.count("aria-current=") == 1


@pytest.mark.parametrize("page", PAGES)
def test_pages_carry_no_inline_style_or_script(browser: FlaskClient, stage: Stage, page: str) -> None:
    assert stage.cast.north.number == "K1"
    answer = browser.get(page, base_url=SITE)
    assert not re.search(r"<script|\sstyle=|\son\w+=|javascript:", answer.text)
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", ["/staff/", "/staff/accounts", "/staff/leaving", "/staff/accounts?q=x"])
def test_an_empty_page_says_what_to_do_next(browser: FlaskClient, page: str) -> None:
    said = text(browser, page)
    assert re.search(r"newsletter import FILE|See all accounts|Every bulletin carries a link|Start it with", said)


def test_the_record_opens_with_its_answer(
    browser: FlaskClient, stage: Stage, sqlite_db: Database, now: datetime
) -> None:
    opt_out(sqlite_db, stage.una, Way.PAGE, now - timedelta(days=14))
    answer(sqlite_db, stage.una, Why(Reason.BACKUP), now - timedelta(days=14), language="de")
    said = text(browser, "/staff/accounts/K1")
    assert "In use as back-up: said by Berg on 7 November 2026, when leaving TB-2026-014." in said
    assert "98 % sure (almost certain), since 7 Nov 2026. Nothing speaks against it. " in said
    assert "Of 3 machines: 2 unknown, 1 back-up. Ask again by " in said
    assert "opt-out answer, 14 days ago · speaks for it" in said
    assert "3 of 4 reachable." not in said
    assert "2 of 4 reachable." in said


def test_times_are_shown_in_our_zone_and_say_which(browser: FlaskClient, stage: Stage, sqlite_db: Database) -> None:
    summer = datetime.fromisoformat("2026-07-01T22:30:00+00:00")
    opt_out(sqlite_db, stage.una, Way.PAGE, summer)
    assert "2 Jul 2026, 00:30 CEST" in text(browser, "/staff/leaving")
    assert 'datetime="2026-07-01T22:30:00+00:00"' in browser.get("/staff/leaving", base_url=SITE).text


def test_leaving_is_filtered_by_the_last_reason(
    browser: FlaskClient, stage: Stage, sqlite_db: Database, now: datetime
) -> None:
    for link, reason in ((stage.una, Reason.BACKUP), (stage.ines, Reason.OTHER), (stage.pia, None)):
        opt_out(sqlite_db, link, Way.ONE_CLICK, now)
        if reason:
            answer(sqlite_db, link, Why(reason, "Zu viel\nPost"), now, language="de")
    everybody = text(browser, "/staff/leaving")
    assert all(name in everybody for name in ("Berg", "Ines Brandt", "Pia Marsh", "no reason given", "Zu viel Post"))
    only = text(browser, "/staff/leaving?reason=backup")
    assert ("Berg" in only, "Ines Brandt" in only, "Pia Marsh" in only) == (True, False, False)
    assert "Nobody gave this reason." in text(browser, "/staff/leaving?reason=not_used")
    assert "Berg" in text(browser, "/staff/leaving?reason=made-up&before=x")
    assert "Nobody left before that." in text(browser, "/staff/leaving?before=0")


def test_lists_go_on_where_the_page_ends(browser: FlaskClient, sqlite_db: Database, now: datetime) -> None:
    with sqlite_db.write() as session:
        session.add_all(Account(number=f"N{n:03}", name=f"Works {n}", created_at=now) for n in range(51))
    first = browser.get("/staff/accounts?q=works", base_url=SITE).text
    assert 'href="/staff/accounts?q=works&amp;after=N049" rel="next"' in first
    rest = text(browser, "/staff/accounts?q=works&after=N049")
    assert ("Works 50" in rest, "Works 49" in rest, "From the beginning" in rest) == (True, False, True)


def test_the_engine_is_missed_after_a_minute(browser: FlaskClient, sqlite_db: Database, now: datetime) -> None:
    assert "No engine has run on this database yet." in text(browser, "/staff/")
    with sqlite_db.write() as session:
        session.add(EngineSeen(name="one", started_at=now, seen_at=now - timedelta(minutes=5)))
    assert "last seen 5 minutes ago (21 Nov 2026, 09:55 CET)" in text(browser, "/staff/")
    with sqlite_db.write() as session:
        session.add(EngineSeen(name="two", started_at=now, seen_at=now))
    assert "Nothing needs you." in text(browser, "/staff/")


def test_what_others_wrote_is_inert(browser: FlaskClient, stage: Stage, sqlite_db: Database, now: datetime) -> None:
    with sqlite_db.write() as session:
        bad = Account(number="X/1 ?#" + HOSTILE, name=HOSTILE, country=HOSTILE, zone=HOSTILE, created_at=now)
        person = Person(address=HOSTILE, address_key="x", first_name=HOSTILE, created_at=now)
        session.add_all([bad, person])
        session.flush()
        session.add(Affiliation(person_id=person.id, account_id=bad.id, role=HOSTILE))
        session.add(Note(account_id=bad.id, unit_id=None, text=HOSTILE, author=HOSTILE, noted_at=now))
    opt_out(sqlite_db, stage.una, Way.PAGE, now)
    answer(sqlite_db, stage.una, Why(Reason.OTHER, HOSTILE), now, language="de")
    listed = browser.get("/staff/accounts", base_url=SITE, query_string={"q": HOSTILE}).text
    link = re.search(r'href="(/staff/accounts/X[^"]+)"', listed)
    assert link
    pages = [link[1].replace("&#39;", "'"), "/staff/", "/staff/leaving", "/staff/accounts/K1"]
    for html in (listed, *(browser.get(page, base_url=SITE).text for page in pages)):
        assert "alert(1)" in html
        assert "<script" not in html
        assert "<img" not in html
        assert "{{7*7}}" in html


def test_an_account_number_of_any_shape_has_a_page(browser: FlaskClient, sqlite_db: Database, now: datetime) -> None:
    with sqlite_db.write() as session:
        session.add(Account(number="K10/214 Süd", name="Werk", created_at=now))
    assert "Werk" in text(browser, "/staff/accounts/K10/214 Süd")


@pytest.mark.parametrize("page", ["/staff/accounts/none", "/staff/nowhere", "/staff/accounts/%00%ff"])
def test_what_does_not_exist_is_not_found(browser: FlaskClient, page: str) -> None:
    assert browser.get(page, base_url=SITE).status_code == 404


def test_nonsense_in_the_address_breaks_nothing(db: Database, config: MakeConfig, now: datetime) -> None:
    app = create_app(config(db, base_url=SITE), db=db)
    ada = hired(app, db, "ada@vendor.example", ["service"], now)
    ada.sign_in()
    nonsense = ("%00", "%ff%fe", "%ed%a0%80", "x" * 5000, "9" * 30, "-1", "1e9", "' OR 1=1--", "%25", "%5C")
    for page in ("accounts?q=", "accounts?after=", "leaving?before=", "leaving?reason=", "accounts/K1?timeline="):
        for value in nonsense:
            answer_ = ada.browser.get(f"/staff/{page}{value}", base_url=SITE)
            assert (page, value, answer_.status_code) == (page, value, 404 if "K1" in page else 200)
    for value in nonsense:
        assert (value, ada.browser.get(f"/staff/accounts/{value}", base_url=SITE).status_code) == (value, 404)


def test_customers_pages_never_touch_the_staff_cookie(app: Flask, browser: FlaskClient) -> None:
    for page in ("/leave/x", "/api/v1/accounts/K1", "/mailbox"):
        assert "Set-Cookie" not in browser.get(page, base_url=SITE).headers
    assert app.config["SESSION_COOKIE_PATH"] == "/staff"


def test_while_the_database_is_away_a_page_says_so(config: MakeConfig, tmp_path: Path) -> None:
    app = create_app(config(), db=Database(f"sqlite:///{tmp_path}/no/such/folder.db"))
    form = {"email": "ada@vendor.example", "password": "a lathe sings at dawn"}
    away = app.test_client().post("/staff/sign-in", data=form)
    assert (away.status_code, "Try again in a moment." in away.text) == (503, True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (119 * 60, "119 minutes"),
        (2 * 3600, "2 hours"),
        (47 * 3600, "47 hours"),
        (14 * 86_400, "14 days"),
        (90 * 86_400, "2 months"),
        (31 * 2_629_800, "2 years"),
    ],
)
def test_ages_are_told_in_their_largest_unit(seconds: int, words: str) -> None:
    assert age_in_words(seconds) == words


@pytest.mark.parametrize("state", State)
def test_a_verdict_is_a_sign_and_a_word_never_a_colour_alone(state: State) -> None:
    assert re.fullmatch(r'<span class="verdict [a-z-]+">[a-z -]+</span>', verdict(state))


@pytest.mark.parametrize(("share", "words"), [(0.0, "1 %"), (0.864, "86 %"), (0.9999, "99 %")])
def test_nobody_is_ever_certain(share: float, words: str) -> None:
    assert percent(share) == words
