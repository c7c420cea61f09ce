"""`GET /api/v1/why`: the answer of the page, for other systems."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient

from newsletter.db import Database
from newsletter.links import Links
from newsletter.staff.keys import add_token
from newsletter.staff.token import Scope
from newsletter.web.api.schema import WhyAnswers
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.ledger import stage

NORA = "nora@toolroom-north.example"


@pytest.fixture
def caller(db: Database, config: MakeConfig, links: Links, now: datetime) -> FlaskClient:
    with db.write() as session:
        cast.play(session, now)
    stage.started(db, links, now)
    return create_app(config(db), db=db, clock=lambda: now).test_client()


@pytest.fixture
def key(db: Database, now: datetime) -> dict[str, str]:
    return {"Authorization": f"Bearer {add_token(db, 'crm', Scope.READ, now)}"}


def test_the_answer_is_as_described(caller: FlaskClient, key: dict[str, str]) -> None:
    for asked in (f"address={NORA}&bulletin=TB-1", f"address={NORA}", "address=who@x.example"):
        answer = caller.get(f"/api/v1/why?{asked}", headers=key)
        assert answer.status_code == 200
        (found,) = WhyAnswers.model_validate(answer.json).answers
    assert found.got == "no"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("", 400), ("address=nora", 400), ("address=a%00@x.example", 400),
        (f"address={NORA}&bulletin=TB-9", 404), (f"address={NORA}&bulletin=%00", 404),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(caller: FlaskClient, key: dict[str, str], asked: str, status: int) -> None:
    answer = caller.get(f"/api/v1/why?{asked}", headers=key)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_it_takes_a_key_that_reads(db: Database, caller: FlaskClient, now: datetime) -> None:
    assert caller.get(f"/api/v1/why?address={NORA}").status_code == 401
    teller = {"Authorization": f"Bearer {add_token(db, 'erp', Scope.TELL, now)}"}
    assert caller.get(f"/api/v1/why?address={NORA}", headers=teller).status_code == 403
