"""A colleague writes again to somebody whose mail came back, and reads what came in."""

import re
from datetime import datetime

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter.audience.unreachable import CameBack, came_back
from newsletter.db import Database
from newsletter.inbound.noting import Mail, note_about
from newsletter.signal.kinds import Kind
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE, token
from tests.web.staff.conftest import Hire

RECORD = "/staff/accounts/K1"
BUTTON = "The address works: write to"


def text(browser: FlaskClient, page: str = RECORD) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browser.get(page, base_url=SITE).text))


def bounce(db: Database, stage: Stage, now: datetime) -> None:
    una = stage.cast.una
    with db.write() as session:
        gone = CameBack("delivery:1", una.id, una.address, is_hard=True, status="5.1.1", words="550 no such user")
        came_back(session, gone, now)


def press(browser: FlaskClient, stage: Stage) -> TestResponse:
    fields = {"csrf_token": token(browser, RECORD), "account": "K1"}
    return browser.post(f"/staff/people/{stage.cast.una.id}/reach", base_url=SITE, data=fields)


def test_the_button_stands_where_mail_is_held_back_and_nowhere_else(
    browser: FlaskClient, sqlite_db: Database, stage: Stage, now: datetime
) -> None:
    assert BUTTON not in text(browser)
    bounce(sqlite_db, stage, now)
    page = text(browser)
    assert page.count(BUTTON) == 1
    assert "Held back since 21 Nov 2026: 5.1.1" in page
    done = press(browser, stage)
    assert (done.status_code, done.headers["Location"]) == (303, RECORD)
    page = text(browser)
    assert "gets our mail again, until one comes back" in page
    assert BUTTON not in page
    assert "written to again since 21 Nov 2026: ada@vendor.example says that the address works" in page
    press(browser, stage)
    assert "Our mails to them are not held back." in text(browser)


def test_marketers_see_why_and_have_no_button(hire: Hire, sqlite_db: Database, stage: Stage, now: datetime) -> None:
    bounce(sqlite_db, stage, now)
    mara = hire("marketer", email="mara@vendor.example")
    mara.sign_in()
    page = text(mara.browser)
    assert "Held back since 21 Nov 2026" in page
    assert BUTTON not in page
    assert press(mara.browser, stage).status_code == 403


def test_what_somebody_wrote_back_and_what_came_back_stand_in_the_timeline(
    browser: FlaskClient, sqlite_db: Database, stage: Stage, now: datetime
) -> None:
    mail = Mail(stage.cast.una.id, stage.una.delivery_id)
    with sqlite_db.write() as session:
        note_about(session, mail, Kind.REPLY, "", "reply:1", now, subject="Re: <b>Bearings</b> & seals")
        note_about(session, mail, Kind.BOUNCE, "5.1.1", "bounce:1", now)
    page = text(browser)
    assert "Berg wrote back Re: &lt;b&gt;Bearings&lt;/b&gt; &amp; seals 21 Nov 2026, 10:00 CET · TB-2026-014" in page
    assert "Our mail to Berg came back 21 Nov 2026, 10:00 CET · TB-2026-014, 5.1.1" in page


def test_a_form_that_names_no_account_is_no_error_of_ours(browser: FlaskClient, stage: Stage) -> None:
    fields = {"csrf_token": token(browser, RECORD), "account": "\0/../"}
    for form in (fields, {"csrf_token": fields["csrf_token"]}):
        answer = browser.post(f"/staff/people/{stage.cast.una.id}/reach", base_url=SITE, data=form)
        assert answer.status_code == 303
        assert browser.get(answer.headers["Location"], base_url=SITE, follow_redirects=True).status_code < 500
    gone = browser.post("/staff/people/999999/reach", base_url=SITE, data=fields)
    assert gone.status_code == 404
