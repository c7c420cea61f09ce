"""`POST /api/v1/bulletins` and `/api/v1/bulletins/import`."""

import json
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from newsletter.db import Database
from newsletter.ledger.run import Run
from newsletter.staff.keys import add_token
from newsletter.staff.token import Scope
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.ledger.stage import TEXT
from tests.web.api.test_described import Schema, fits

SEND, IMPORT = "/api/v1/bulletins", "/api/v1/bulletins/import"


@pytest.fixture
def app(db: Database, config: MakeConfig, now: datetime) -> Flask:
    with db.write() as session:
        cast.play(session, now)
    return create_app(config(db), db=db, clock=lambda: now)


class Caller:
    """Another system with a key to send; every answer is held against the description."""

    def __init__(self, browser: FlaskClient, key: str) -> None:
        self.browser, self.headers = browser, {"Authorization": f"Bearer {key}"}
        self.told: Schema = json.loads(browser.get("/api/openapi.json").text)

    def post(self, path: str, **body: object) -> TestResponse:
        answer = self.browser.post(path, headers=self.headers, json=body)
        promised = self.told["paths"][path]["post"]["responses"][str(answer.status_code)]["content"]
        assert fits(self.told, promised[answer.content_type]["schema"], json.loads(answer.text)), answer.text
        return answer


@pytest.fixture
def caller(app: Flask, db: Database, now: datetime) -> Caller:
    return Caller(app.test_client(), add_token(db, "cms", Scope.SEND, now))


def runs(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Run)) or 0


def test_two_variants_are_tried_as_by_the_command_and_go_in_no_other_way(caller: Caller, db: Database) -> None:
    text = TEXT.replace("title:", "b.title: Half the grease\ntitle:", 1)
    refused = caller.post(SEND, source=text)
    assert refused.status_code == 400
    assert "two variants" in refused.text
    assert caller.post(SEND, source=text, trial="20 %").status_code == 400
    assert caller.post(SEND, source=TEXT, trial="20 %, 4 h, clicks").status_code == 400
    assert runs(db) == 0
    told = json.loads(caller.post(SEND, source=text, trial="20 %, 4 h, clicks").text)
    assert told["trial"].startswith("20 % try it, half a and half b; after 4 hours")
    assert runs(db) == 1


def test_a_bulletin_is_sent_as_by_the_command(caller: Caller, db: Database) -> None:
    answer = caller.post(SEND, source=TEXT)
    told: dict[str, Any] = json.loads(answer.text)
    assert answer.status_code == 201
    assert told["run"] is not None
    assert told["targeted"] > 0
    assert runs(db) == 1


def test_a_dry_run_says_the_same_and_changes_nothing(caller: Caller, db: Database) -> None:
    answer = caller.post(SEND, source=TEXT, dry_run=True)
    assert (answer.status_code, json.loads(answer.text)["run"], runs(db)) == (200, None, 0)


def test_a_time_waves_and_hours_are_said_as_to_the_command(caller: Caller) -> None:
    told = json.loads(
        caller.post(
            SEND, source=TEXT, at="2026-12-01T09:00", zone="Europe/Berlin", waves="10%, 4h, rest", grace_hours=2
        ).text
    )
    assert told["at"].startswith("2026-12-01T08:00")
    assert "10" in told["waves"]


WRONG: dict[str, dict[str, object]] = {
    "no source": {},
    "a field that there is not": {"source": TEXT, "when": "now"},
    "a source that is no text": {"source": 5},
    "front matter": {"source": "hello"},
    "a tag": {"source": TEXT + "\n{{ nobody }}"},
    "a zone": {"source": TEXT, "at": "2026-12-01T09:00", "zone": "Mars"},
    "the past": {"source": TEXT, "at": "2020-12-01T09:00", "zone": "UTC"},
    "waves": {"source": TEXT, "waves": "many"},
    "two plans": {"source": TEXT, "waves": "10%, 4h, rest", "theirs": True, "at": "2026-12-01T09:00", "zone": "UTC"},
    "half a character": {"source": "\ud800"},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_sent_is_refused_in_words_and_nothing_is_written(
    name: str, caller: Caller, db: Database
) -> None:
    answer = caller.post(SEND, **WRONG[name])
    assert answer.status_code == 400
    assert json.loads(answer.text)["detail"]
    assert runs(db) == 0


def test_the_place_of_what_is_wrong_is_told(caller: Caller) -> None:
    detail = json.loads(caller.post(SEND, source=TEXT + "\n{{ nobody }}").text)["detail"]
    assert detail.startswith("Line ")


def test_a_newsletter_is_read_and_nothing_is_kept(caller: Caller, db: Database) -> None:
    answer = caller.post(IMPORT, html="<title>Grease</title><p>Use <b>half</b>.<img src=https://a.example/a.png>")
    told = json.loads(answer.text)
    assert answer.status_code == 200
    assert told["title"] == "Grease"
    assert "Use **half**." in told["source"]
    assert told["images"] == [{"url": "https://a.example/a.png", "alt": ""}]
    assert runs(db) == 0


@pytest.mark.parametrize("html", ["", "x" * 5_000_001, "<div>" * 5_000], ids=["nothing", "5 MB", "too deep"])
def test_what_is_no_newsletter_is_refused(html: str, caller: Caller) -> None:
    assert caller.post(IMPORT, html=html).status_code == 400


def test_it_needs_json_and_a_key_to_send(app: Flask, caller: Caller, db: Database, now: datetime) -> None:
    for path in (SEND, IMPORT):
        assert caller.browser.post(path, headers=caller.headers, data="x").status_code == 415
        assert (
            caller.browser.post(path, headers=caller.headers, data="{", content_type="application/json").status_code
            == 400
        )
        assert caller.browser.post(path, json={}).status_code == 401
        other = {"Authorization": f"Bearer {add_token(db, 'erp', Scope.TELL, now)}"}
        assert app.test_client().post(path, headers=other, json={}).status_code == 403
