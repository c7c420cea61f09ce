"""The switch that makes a topic's bulletins public."""

import re
from datetime import datetime

from flask import Flask

from newsletter.db import Database
from tests.archive.newsstand import sent, source
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE, send
from tests.web.staff.conftest import Hire

PAGE = "/staff/archive"


def test_a_marketer_opens_a_topic_and_closes_it(
    app: Flask, hire: Hire, sqlite_db: Database, stage: Stage, now: datetime
) -> None:
    with sqlite_db.write() as session:
        sent(session, source("TB-1"), stage.cast.bulletins, now)
    mara = hire("marketer")
    mara.sign_in()
    page = mara.browser.get(PAGE, base_url=SITE).text
    assert "Opening it makes 1 bulletin public" in page
    assert app.test_client().get("/archive/bulletins/TB-1").status_code == 404
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "archive": "open"}
    assert mara.browser.post(f"{PAGE}/bulletins", base_url=SITE, data=form).status_code == 303
    assert "It is public now, with 1 bulletin that went out before." in mara.browser.get(PAGE, base_url=SITE).text
    assert app.test_client().get("/archive/bulletins/TB-1").status_code == 200
    assert mara.browser.post(f"{PAGE}/bulletins", base_url=SITE, data=form).status_code == 409
    assert mara.browser.post(f"{PAGE}/nothing", base_url=SITE, data=form).status_code == 404
    assert mara.browser.post(f"{PAGE}/bulletins", base_url=SITE, data={"csrf_token": token[1]}).status_code == 400
    closed = {"csrf_token": token[1], "archive": "close"}
    assert mara.browser.post(f"{PAGE}/bulletins", base_url=SITE, data=closed).status_code == 303
    assert app.test_client().get("/archive/bulletins/TB-1").status_code == 404


def test_service_sees_the_switches_and_has_none(hire: Hire, stage: Stage) -> None:
    ada = hire("service")
    ada.sign_in()
    page = ada.browser.get(PAGE, base_url=SITE).text
    assert stage.cast.bulletins.name in page
    assert "Make Technical bulletins public" not in page
    assert send(ada.browser, "/staff/", archive="open").status_code in (403, 405)
