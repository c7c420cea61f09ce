import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter.audience.affiliation_claim import AffiliationClaim
from newsletter.audience.person import Affiliation
from newsletter.db import Database
from newsletter.staff.audit import AuditEntry
from tests.optout.copies import Stage
from tests.web.staff.colleagues import SITE

ACCOUNT = "/staff/accounts/K4"


@pytest.fixture
def claim(sqlite_db: Database, stage: Stage) -> int:
    """Bela says that he looks after the machine at Quiet Works."""
    with sqlite_db.write() as session:
        claim = AffiliationClaim(
            person_id=stage.cast.bela.id,
            account_id=stage.cast.quiet.id,
            unit_id=stage.cast.c90.id,
            claimed_at=stage.cast.quiet.created_at,
        )
        session.add(claim)
        session.flush()
        return claim.id


@pytest.mark.parametrize(("said", "accounts"), [("yes", 1), ("no", 0)])
def test_a_colleague_decides_whether_somebody_stands_at_an_account(
    browser: FlaskClient, sqlite_db: Database, stage: Stage, claim: int, said: str, accounts: int
) -> None:
    assert "Knew the serial number C90" in browser.get(ACCOUNT, base_url=SITE).text
    assert decide(browser, claim, said).status_code == 303
    with sqlite_db.read() as session:
        theirs = select(Affiliation).where(Affiliation.account_id == stage.cast.quiet.id)
        assert len(session.scalars(theirs).all()) == accounts
        assert "claim" in session.scalars(select(AuditEntry.act).order_by(AuditEntry.id.desc())).first()
    assert "Knew the serial number" not in browser.get(ACCOUNT, base_url=SITE).text


def test_the_second_of_two_colleagues_is_told(
    browser: FlaskClient, sqlite_db: Database, stage: Stage, claim: int
) -> None:
    decide(browser, claim, "no")
    decide(browser, claim, "yes")
    assert "settled this already" in browser.get(ACCOUNT, base_url=SITE).text
    with sqlite_db.read() as session:
        assert session.get(Affiliation, (stage.cast.bela.id, stage.cast.quiet.id)) is None


def decide(browser: FlaskClient, claim: int, said: str) -> TestResponse:
    """Press a button; the token of any page of this browser will do."""
    page = browser.get("/staff/", base_url=SITE).text
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    form = {"csrf_token": token, "is_right": said, "account": "K4"}
    return browser.post(f"/staff/claims/{claim}", base_url=SITE, data=form)
