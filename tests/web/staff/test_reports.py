"""Retention in figures, as colleagues see it."""

import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from newsletter.db import Database
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp
from newsletter.followup.outcomes import Outcome
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Reason
from newsletter.report.retention_tables import TABLES
from newsletter.retention.count_reach import count_reach
from newsletter.retention.keep_months import keep_months
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE

REPORTS = "/staff/reports"
PAGES = [REPORTS, f"{REPORTS}/reasons", f"{REPORTS}/owners", f"{REPORTS}/work"]


@pytest.fixture
def counted(sqlite_db: Database, stage: Stage, now: datetime) -> Stage:
    """The cast; Una left and said why; everything was counted."""
    opt_out(sqlite_db, stage.una, Way.PAGE, now)
    answer(sqlite_db, stage.una, Why(Reason.USED_OWN_SERVICE), now, language="en")
    keep_months(sqlite_db, now)
    count_reach(sqlite_db, now)
    return stage


def read(browser: FlaskClient, page: str) -> str:
    answer = browser.get(page, base_url=SITE)
    assert answer.status_code == 200, page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.parametrize("page", [*PAGES, *(f"{REPORTS}/{name}.csv" for name in TABLES)])
def test_every_report_answers_in_an_empty_house(browser: FlaskClient, page: str) -> None:
    assert browser.get(page, base_url=SITE).status_code == 200


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("page", [*PAGES, f"{REPORTS}?by=owner", f"{REPORTS}?by=%27", f"{REPORTS}/reasons?reason=x"])
def test_each_chart_stands_beside_a_table_and_needs_no_script(browser: FlaskClient, page: str) -> None:
    text = browser.get(page, base_url=SITE).text
    assert text.count('<svg class="chart" role="img"') == text.count('<div class="figure">')
    assert text.count("<table") >= text.count("<svg")
    assert "<script" not in text
    assert " style=" not in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.usefixtures("counted")
def test_the_base_says_when_it_was_counted(browser: FlaskClient) -> None:
    page = read(browser, REPORTS)
    assert "0 of 6 machines known to be in use" in page
    assert "At the end of Oct 2026" in page
    assert "21 Nov 2026, 10:00 CET" in page
    assert "too few to say" in page
    assert "The months have not been counted so far" not in page


@pytest.mark.usefixtures("stage")
def test_before_it_was_counted_it_says_so(browser: FlaskClient) -> None:
    assert "The months have not been counted so far" in read(browser, REPORTS)


@pytest.mark.usefixtures("counted")
def test_countries_have_names_and_what_is_missing_is_said(browser: FlaskClient) -> None:
    page = read(browser, f"{REPORTS}?by=country")
    assert "Germany" in page
    assert "not on record" in page


@pytest.mark.usefixtures("counted")
def test_reasons_below_the_least_number_have_no_share(browser: FlaskClient) -> None:
    page = read(browser, f"{REPORTS}/reasons")
    assert "1 of 1 person who left in twelve months said why" in page
    assert "too few to say of 1" in page
    tables = re.findall(r"<table.*?</table>", browser.get(f"{REPORTS}/reasons", base_url=SITE).text, re.DOTALL)
    assert len(tables) == 3
    assert "%" not in "".join(tables)


@pytest.mark.usefixtures("counted")
def test_owners_show_contact_and_customers_who_left_our_mail(browser: FlaskClient) -> None:
    page = read(browser, f"{REPORTS}/owners")
    assert "not on record 4 3 75 % 0 0 % 0 0 % 0 0 %" in page
    assert "not on record 1 1 too few to say of 1" in page


def test_work_is_counted_from_reason_to_outcome(
    browser: FlaskClient, sqlite_db: Database, stage: Stage, now: datetime
) -> None:
    with sqlite_db.write() as session:
        for outcome in (Outcome.TRADE_IN, Outcome.NO_ANSWER, ""):
            work = FollowUp(
                rule="x",
                rule_version=1,
                cause=Cause.SCRAPPED,
                account_id=stage.cast.north.id,
                team="sales",
                what="Call",
                due_on=now.date(),
                outcome=outcome,
                state="closed" if outcome else "open",
                opened_at=now,
                closed_at=now if outcome else None,
            )
            session.add(work)
    page = read(browser, f"{REPORTS}/work")
    assert "Scrapped 3 2 too few to say of 2" in page
    assert "They are interested in trade-in: 1" in page
    text = browser.get(f"{REPORTS}/work.csv", base_url=SITE).text
    assert text.splitlines()[1].startswith("Scrapped,3,2,2,,,")


def test_there_is_no_other_table(browser: FlaskClient) -> None:
    assert browser.get(f"{REPORTS}/other.csv", base_url=SITE).status_code == 404
