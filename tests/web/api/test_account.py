import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from newsletter.db import Database
from newsletter.optout.act import opt_out
from newsletter.optout.answer import OfMachine, Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Reason, UnitAnswer
from newsletter.report.export import EXPORTED, as_json
from newsletter.report.record import View, account_record
from newsletter.staff.keys import add_token, revoke
from newsletter.staff.token import ApiToken, Scope
from newsletter.web.api.guard import needs
from newsletter.web.api.schema import AccountRecord
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.optout.copies import Stage, set_stage


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


@pytest.fixture
def app(db: Database, config: MakeConfig, now: datetime) -> Flask:
    return create_app(config(db, zone="Europe/Berlin"), db=db, clock=lambda: now)


@pytest.fixture
def caller(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def key(db: Database, now: datetime) -> str:
    return add_token(db, "crm", Scope.READ, now)


def ask(caller: FlaskClient, key: str, path: str = "/api/v1/accounts/K1") -> TestResponse:
    return caller.get(path, headers={"Authorization": f"Bearer {key}"})


def problem(answer_: TestResponse) -> dict[str, Any]:
    """The problem of an answer (RFC 9457)."""
    assert answer_.content_type == "application/problem+json"
    told: dict[str, Any] = json.loads(answer_.text)
    assert told["status"] == answer_.status_code
    assert told["detail"]
    return told


def test_the_api_answers_what_the_record_says(
    caller: FlaskClient, db: Database, stage: Stage, key: str, now: datetime
) -> None:
    opt_out(db, stage.nora, Way.ONE_CLICK, now)
    answer(db, stage.nora, Why(Reason.BACKUP, "Ölwechsel 🛠"), now, language="de")
    answer(db, stage.nora, OfMachine(stage.cast.a100231.id, UnitAnswer.BACKUP), now, language="de")
    with db.read() as session:
        expected = as_json(account_record(session, "K1", now, View(zone=ZoneInfo("Europe/Berlin"), page=EXPORTED)))
    said = ask(caller, key)
    assert (said.status_code, said.content_type) == (200, "application/json")
    assert json.loads(said.text) == expected
    assert expected["verdict"]["state"] == "backup"
    assert "Set-Cookie" not in said.headers


@pytest.mark.parametrize("number", ["K1", "K2", "K3", "K4", "K5"])
def test_every_record_fits_the_shape_we_promise(db: Database, stage: Stage, now: datetime, number: str) -> None:
    for link, reason in zip((stage.una, stage.pia, stage.ines), Reason, strict=False):
        opt_out(db, link, Way.PAGE, now, everything=link is stage.ines)
        answer(db, link, Why(reason), now, language="de")
    with db.read() as session:
        AccountRecord.model_validate(as_json(account_record(session, number, now)))


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer \xff\xfe", "Bearer " + "A" * 10_000, "Token x"],
    ids=["none", "empty", "no key", "blank", "basic", "no text", "endless", "another scheme"],
)
def test_who_has_no_key_is_told_how_to_get_one(caller: FlaskClient, stage: Stage, key: str, header: str | None) -> None:
    assert (stage.cast.north.number, bool(key)) == ("K1", True)
    refused = caller.get("/api/v1/accounts/K1", headers={"Authorization": header} if header is not None else {})
    assert "newsletter token add" in problem(refused)["detail"]
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="newsletter"')


def test_a_key_that_was_taken_back_opens_nothing(caller: FlaskClient, db: Database, key: str, now: datetime) -> None:
    revoke(db, "crm", now)
    refused = ask(caller, key)
    assert problem(refused)["status"] == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_a_key_for_something_else_is_forbidden(caller: FlaskClient, db: Database, key: str) -> None:
    with db.write() as session:
        session.execute(update(ApiToken).values(scope="made by a newer release"))
    refused = ask(caller, key)
    assert problem(refused)["status"] == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


def test_a_view_that_names_no_scope_is_open_to_no_key(app: Flask, caller: FlaskClient, key: str) -> None:
    app.view_functions["api.account"] = lambda **_: "forgotten"
    assert ask(caller, key).status_code == 403
    app.view_functions["api.account"] = needs(Scope.READ)(lambda **_: "open")
    assert ask(caller, key).text == "open"


def test_a_key_in_the_address_is_no_key(caller: FlaskClient, stage: Stage, key: str) -> None:
    assert stage.cast.north.number == "K1"
    assert caller.get(f"/api/v1/accounts/K1?access_token={key}&auth_token={key}").status_code == 401


@pytest.mark.parametrize("number", ["K9", "K1/", "%00", "%ff", "x" * 5000])
def test_an_account_that_does_not_exist_is_a_problem(caller: FlaskClient, stage: Stage, key: str, number: str) -> None:
    assert stage.cast.north.number == "K1"
    assert problem(ask(caller, key, f"/api/v1/accounts/{number}"))["status"] == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_record_can_only_be_read(caller: FlaskClient, key: str, method: str) -> None:
    refused = getattr(caller, method)("/api/v1/accounts/K1", headers={"Authorization": f"Bearer {key}"}, json={})
    assert problem(refused)["status"] == 405
    assert "GET" in refused.headers["Allow"]


def test_the_api_looks_back_and_pages_and_refuses_what_it_cannot_read(
    caller: FlaskClient, stage: Stage, key: str
) -> None:
    assert stage.cast.north.number == "K1"
    past = ask(caller, key, "/api/v1/accounts/K1?as_of=2020-01-01")
    assert (past.status_code, json.loads(past.text)["timeline"]) == (200, [])
    narrowed = json.loads(ask(caller, key, "/api/v1/accounts/K1?kind=mails").text)
    assert {happening["kind"] for happening in narrowed["timeline"]} == {"delivery"}
    for wrong in ("as_of=soon", "before=x", "kind=x", "as_of=%00"):
        assert problem(ask(caller, key, f"/api/v1/accounts/K1?{wrong}"))["status"] == 400
