"""Fault 26: what staff see of many who left at once, and what they can do about it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter.burst.burst import BurstDecision
from newsletter.burst.find import find_bursts
from newsletter.db import Database
from newsletter.hit.hit import Hit
from newsletter.hit.sift import sift
from newsletter.hit.tap import Tap
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import OptOut, Way
from tests.burst.gateway import set_firm
from tests.web.staff.colleagues import SITE, Colleague, token

Hire = Callable[..., Colleague]


@pytest.fixture
def page(sqlite_db: Database, now: datetime) -> str:
    """The page of a burst: six by one click within seconds, and one of them had read the page for a while."""
    with sqlite_db.write() as session:
        firm = set_firm(session, now)
    for number, link in enumerate(firm.links[:6]):
        at = now + timedelta(seconds=number)
        reader = number == 5
        tap = Tap(
            at=at,
            method="POST",
            kind="leave",
            person_id=link.person_id,
            delivery_id=link.delivery_id,
            pressed="leave=topic" if reader else "one-click",
            shown=20.0 if reader else None,
        )
        opt_out(sqlite_db, link, Way.PAGE if reader else Way.ONE_CLICK, at, tap=tap)
    # The gateway has been through all mails but the reader's, who opened theirs the day before.
    with sqlite_db.write() as session:
        for hit in session.scalars(select(Hit).where(Hit.shown.is_not(None))):
            hit.since, hit.domain = 86_400.0, ""
    sift(sqlite_db, now + timedelta(seconds=10))
    (burst_id,) = find_bursts(sqlite_db, now + timedelta(seconds=10))
    return f"/staff/bursts/{burst_id}"


def ticked(text: str) -> list[str]:
    return re.findall(r'name="opt_out" value="(\d+)"[^>]* checked', text)


def test_today_raises_the_alarm_and_leads_to_the_page(browser: FlaskClient, page: str) -> None:
    today = browser.get("/staff/", base_url=SITE).text
    assert "6 of 8 people at acme.example left within 5 seconds" in today
    assert f'href="{page}"' in today


def test_the_page_says_who_when_and_why_and_ticks_all_but_the_person(browser: FlaskClient, page: str) -> None:
    shown = browser.get(page, base_url=SITE).text
    assert shown.count("a program") == 5
    assert shown.count("a person") == 1
    assert "most of the people at that domain came within two minutes (5 of 6)" in shown
    assert len(ticked(shown)) == 5


def test_undo_as_one_act_ends_the_alarm_and_stays_on_record(
    browser: FlaskClient, page: str, sqlite_db: Database
) -> None:
    chosen = ticked(browser.get(page, base_url=SITE).text)
    form = {"csrf_token": token(browser, page), "opt_out": chosen, "why": "<b>their gateway</b>"}
    assert browser.post(f"{page}/undo", base_url=SITE, data=form).status_code == 303
    shown = browser.get(page, base_url=SITE).text
    assert "5 undone by ada@vendor.example" in shown
    assert "&lt;b&gt;their gateway&lt;/b&gt;" in shown
    assert "acme.example left" not in browser.get("/staff/", base_url=SITE).text
    with sqlite_db.read() as session:
        assert [row.undone_at is None for row in session.scalars(select(OptOut).order_by(OptOut.id))].count(True) == 1
        assert [row.opt_outs for row in session.scalars(select(BurstDecision))] == [5]


def test_without_a_reason_it_says_what_is_missing_and_keeps_the_ticks(browser: FlaskClient, page: str) -> None:
    chosen = ticked(browser.get(page, base_url=SITE).text)[:2]
    form = {"csrf_token": token(browser, page), "opt_out": chosen, "why": " "}
    answer = browser.post(f"{page}/undo", base_url=SITE, data=form)
    assert answer.status_code == 400
    assert "Say in a few words why." in answer.text
    assert ticked(answer.text) == chosen


def test_they_meant_it(browser: FlaskClient, page: str, sqlite_db: Database) -> None:
    form = {"csrf_token": token(browser, page), "why": "the plant is closed"}
    assert browser.post(f"{page}/let-be", base_url=SITE, data=form).status_code == 303
    assert "Left as it is by ada@vendor.example" in browser.get(page, base_url=SITE).text
    with sqlite_db.read() as session:
        assert all(row.undone_at is None for row in session.scalars(select(OptOut)))


def test_sales_may_look_and_not_undo(hire: Hire, page: str) -> None:
    sam = hire("sales", email="sam@vendor.example")
    sam.sign_in()
    shown = sam.browser.get(page, base_url=SITE).text
    assert 'name="opt_out"' not in shown
    form = {"csrf_token": token(sam.browser, "/staff/"), "why": "x"}
    assert sam.browser.post(f"{page}/undo", base_url=SITE, data=form).status_code == 403


def test_the_leaving_list_says_quietly_that_a_program_pressed(browser: FlaskClient, page: str) -> None:
    leaving = browser.get("/staff/leaving", base_url=SITE).text
    assert leaving.count("Pressed by a program") == 5
    assert leaving.count("Pressed by a person") == 1
    assert leaving.count(f'href="{page}"') == 6


@pytest.mark.parametrize("path", ["/staff/bursts/999", "/staff/bursts/0", f"/staff/bursts/{'9' * 30}"])
def test_a_burst_that_is_none_is_not_found(browser: FlaskClient, path: str) -> None:
    assert browser.get(path, base_url=SITE).status_code == 404
