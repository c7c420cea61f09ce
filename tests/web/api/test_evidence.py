"""`POST /api/v1/evidence`: what other systems tell, item by item."""

import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from newsletter.db import Database
from newsletter.signal.evidence import Evidence
from newsletter.staff.keys import add_token
from newsletter.staff.token import Scope
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.intake.facts import written


@pytest.fixture
def caller(db: Database, config: MakeConfig, now: datetime) -> FlaskClient:
    with db.write() as session:
        cast.play(session, now)
    app: Flask = create_app(config(db), db=db, clock=lambda: now)
    return app.test_client()


@pytest.fixture
def key(db: Database, now: datetime) -> str:
    return add_token(db, "erp", Scope.TELL, now)


def tell(caller: FlaskClient, key: str, body: object) -> TestResponse:
    return caller.post("/api/v1/evidence", headers={"Authorization": f"Bearer {key}"}, json=body)


def pieces(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Evidence)) or 0


def test_one_fact_is_noted_once_known_again_and_contradicted_by_none(
    caller: FlaskClient, db: Database, key: str
) -> None:
    first, again = tell(caller, key, written()), tell(caller, key, written())
    assert (first.status_code, first.json) == (201, {"key": "1", "outcome": "noted", "status": None, "reason": None})
    assert (again.status_code, (again.json or {})["outcome"]) == (200, "known")
    other = tell(caller, key, written(says="not_in_use"))
    assert (other.status_code, other.content_type) == (409, "application/problem+json")
    assert "said something else" in other.text
    assert pieces(db) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (written(serial="X9"), 404),
        (written(kind="opt_out"), 400),
        (written(observed_at="2027-01-01"), 400),
        (written(source=...), 400),
        ([written(n) for n in range(1_001)], 413),
        ("text", 400),
        (5, 400),
    ],
    ids=["unknown machine", "their own word", "future", "no source", "too many", "text", "number"],
)
def test_what_is_refused_says_why_and_changes_nothing(
    caller: FlaskClient, db: Database, key: str, body: object, status: int
) -> None:
    refused = tell(caller, key, body)
    assert (refused.status_code, refused.content_type) == (status, "application/problem+json")
    assert json.loads(refused.text)["detail"]
    assert pieces(db) == 0


def test_of_a_list_each_is_answered_and_the_good_are_kept(caller: FlaskClient, db: Database, key: str) -> None:
    bad: list[Any] = [written("b", serial="X9"), 5, {"key": "c"}, written(1, detail="other"), {"id": ["\ud800"]}]
    said = tell(caller, key, [written(1), *bad, written(2, kind="telemetry"), written(1)])
    told = said.json or {}
    assert (said.status_code, told["noted"], told["known"], told["refused"]) == (201, 2, 1, 5)
    assert [item["outcome"] for item in told["items"]] == ["noted", *["refused"] * 5, "noted", "known"]
    assert [(item["key"], item["status"]) for item in told["items"][1:6]] == [
        ("b", 404), (None, 400), ("c", 400), ("1", 409), (None, 400),
    ]  # fmt: skip
    assert all(item["reason"] for item in told["items"][1:6])
    assert pieces(db) == 2
    assert tell(caller, key, []).json == {"noted": 0, "known": 0, "refused": 0, "items": []}


def test_only_a_key_to_tell_tells_and_it_reads_nothing(
    caller: FlaskClient, db: Database, key: str, now: datetime
) -> None:
    reader = add_token(db, "crm", Scope.READ, now)
    refused = tell(caller, reader, written())
    assert (refused.status_code, "--scope tell" in refused.text, pieces(db)) == (403, True, 0)
    assert caller.get("/api/v1/accounts/K1", headers={"Authorization": f"Bearer {key}"}).status_code == 403
    assert caller.post("/api/v1/evidence", json=written()).status_code == 401


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b'{"key":"\xff"}', "application/json", 400),
        (b"key=1", "application/x-www-form-urlencoded", 415),
        (b" " * (2 * 1024 * 1024 + 1), "application/json", 413),
    ],
    ids=["cut", "deep", "no text", "form", "large"],
)
def test_fault_46_a_body_that_is_no_list_of_facts_is_refused(
    caller: FlaskClient, db: Database, key: str, body: bytes, kind: str, status: int
) -> None:
    refused = caller.post("/api/v1/evidence", headers={"Authorization": f"Bearer {key}"}, data=body, content_type=kind)
    assert (refused.status_code, refused.content_type) == (status, "application/problem+json")
    assert pieces(db) == 0


def test_ten_thousand_reports_of_machines_take_seconds(
    caller: FlaskClient, db: Database, key: str, now: datetime
) -> None:
    serials = ("A100231", "A103000", "C77", "A100500", "A100900", "C90")
    began = time.monotonic()
    for part in range(10):
        body = [
            written(f"{part}.{n}", kind="telemetry", serial=serials[n % 6],
                    observed_at=(now - timedelta(hours=part * 1_000 + n)).isoformat())
            for n in range(1_000)
        ]  # fmt: skip
        assert (tell(caller, key, body).json or {})["noted"] == 1_000
    assert time.monotonic() - began < 30  # 3 to 4 on an idle machine
    assert pieces(db) == 10_000
