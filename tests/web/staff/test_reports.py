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
from newsletter.retention.calibrated import PredictedTenth, SilentShare
from newsletter.retention.count_reach import count_reach
from newsletter.retention.keep_calibration import keep_calibration
from newsletter.retention.keep_months import keep_months
from newsletter.retention.reckoning import Figures, settle
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE

REPORTS = "/staff/reports"
PAGES = [REPORTS, f"{REPORTS}/reasons", f"{REPORTS}/owners", f"{REPORTS}/work", f"{REPORTS}/calibration"]


@pytest.fixture
def counted(sqlite_db: Database, stage: Stage, now: datetime) -> Stage:
    """The cast; Una left and said why; everything was counted."""
    opt_out(sqlite_db, stage.una, Way.PAGE, now)
    answer(sqlite_db, stage.una, Why(Reason.USED_OWN_SERVICE), now, language="en")
    keep_months(sqlite_db, now)
    count_reach(sqlite_db, now)
    keep_calibration(sqlite_db, now)
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


@pytest.mark.usefixtures("counted")
def test_with_few_answers_calibration_tells_their_number_and_no_share(browser: FlaskClient) -> None:
    page = read(browser, f"{REPORTS}/calibration")
    assert "Too few answers to say whether we were right" in page
    assert "1 answer about a machine by name, of 20 or more that it takes" in page
    tables = re.findall(r"<table.*?</table>", browser.get(f"{REPORTS}/calibration", base_url=SITE).text, re.DOTALL)
    assert "too few to say" in "".join(tables)


def test_calibration_shows_predicted_against_observed_and_the_silent_of_a_model(
    browser: FlaskClient, sqlite_db: Database, now: datetime
) -> None:
    with sqlite_db.write() as session:
        session.add_all(
            [
                PredictedTenth(tenth=3, predicted=0.34, used=12, answers=40),
                PredictedTenth(tenth=9, predicted=0.94, used=56, answers=60),
                SilentShare(model="", age="10 to 20", silent="2 to 4", used=68, answers=100),
                SilentShare(model="", age="5 to 10", silent="2 to 4", used=3, answers=4),
                SilentShare(model="CT-7", age="10 to 20", silent="2 to 4", used=30, answers=40),
            ]
        )
        settle(session, Figures.CALIBRATION, now)
    page = read(browser, f"{REPORTS}/calibration")
    assert "68 % of those who answered still use their machine; we had expected 70 %" in page
    assert "100 answers about machines by name; with 95 % confidence the true share lies at 58 to 76 %" in page
    assert "34 % 30 % 18 to 45 % of 40" in page
    assert "5 to 10 2 to 4 too few to say of 4" in page
    assert "10 to 20 2 to 4 75 % 60 to 86 % of 40" in read(browser, f"{REPORTS}/calibration?model=CT-7")
    assert "of 100" in read(browser, f"{REPORTS}/calibration?model=%00nothing")
    file = browser.get(f"{REPORTS}/silent-who-answered.csv", base_url=SITE).text.splitlines()
    assert file[2].startswith("every model,10 to 20,2 to 4,68,100,0.6800,")
    assert file[3].startswith("CT-7,")


def test_there_is_no_other_table(browser: FlaskClient) -> None:
    assert browser.get(f"{REPORTS}/other.csv", base_url=SITE).status_code == 404
