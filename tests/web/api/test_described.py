"""`GET /api/openapi.json`: OpenAPI 3.1, true to what the API takes and answers."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.db import Database
from newsletter.intake.fact import TELLABLE
from newsletter.staff.keys import add_token
from newsletter.staff.token import Scope
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.intake.facts import written

Schema = dict[str, Any]
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,), "null": (type(None),),
}  # fmt: skip


@pytest.fixture
def app(db: Database, config: MakeConfig, now: datetime) -> Flask:
    with db.write() as session:
        cast.play(session, now)
    return create_app(config(db), db=db, clock=lambda: now)


@pytest.fixture
def caller(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def told(caller: FlaskClient) -> Schema:
    """The document as a caller without a key gets it."""
    answer = caller.get("/api/openapi.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert "Set-Cookie" not in answer.headers
    document: Schema = json.loads(answer.text)
    return document


def operations(told: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def nodes(value: object) -> Iterator[Schema]:
    """Every object within a document."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(part)


def resolved(told: Schema, ref: str) -> Schema:
    found: Any = told
    assert ref.startswith("#/")
    for name in ref[2:].split("/"):
        found = found[name]
    return dict(found)


def fits(told: Schema, schema: Schema, value: object) -> bool:
    """Whether a value is what a schema says, by the words of JSON Schema that ours use."""
    if "$ref" in schema:
        return fits(told, resolved(told, schema["$ref"]), value)
    if "anyOf" in schema:
        return any(fits(told, one, value) for one in schema["anyOf"])
    named = schema.get("type", list(TYPES))
    kinds = tuple(kind for name in ([named] if isinstance(named, str) else named) for kind in TYPES[name])
    if not isinstance(value, kinds) or value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return False
    if isinstance(value, list):
        return all(fits(told, schema.get("items", {}), one) for one in value)
    return not isinstance(value, dict) or _fits_object(told, schema, value)


def _fits_object(told: Schema, schema: Schema, value: Schema) -> bool:
    known, further = schema.get("properties", {}), schema.get("additionalProperties", True)
    others = [one for name, one in value.items() if name not in known]
    return (
        set(schema.get("required", ())) <= value.keys()
        and all(fits(told, known[name], one) for name, one in value.items() if name in known)
        and (not others if further is False else all(fits(told, further, one) for one in others if further is not True))
    )


def test_it_is_openapi_3_1_with_a_title_a_version_and_names_that_are_used_once(told: Schema) -> None:
    assert told["openapi"] == "3.1.0"
    assert told["info"]["title"]
    assert told["info"]["version"]
    names = [operation["operationId"] for _, _, operation in operations(told)]
    assert len(names) == len(set(names)) > 0


def test_every_address_of_the_api_is_described_and_no_other(app: Flask, told: Schema) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower(), app.view_functions[rule.endpoint].needs)  # type: ignore[attr-defined] # the guard reads it, too
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method, Scope(op["security"][0]["key"][0])) for path, method, op in operations(told)}
    assert described == served


def test_every_reference_leads_somewhere_and_every_shape_is_used(told: Schema) -> None:
    refs = {node["$ref"] for node in nodes(told) if "$ref" in node}
    assert all(resolved(told, ref) for ref in refs)
    assert {f"#/components/schemas/{name}" for name in told["components"]["schemas"]} == refs
    assert all(
        scheme in told["components"]["securitySchemes"] for _, _, op in operations(told) for scheme in op["security"][0]
    )


def test_every_answer_has_a_shape_and_every_part_of_a_path_is_told(told: Schema) -> None:
    for path, _, operation in operations(told):
        asked = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert asked == set(re.findall(r"{(\w+)}", path))
        assert {"401", "403", "503"} < operation["responses"].keys()
        for status, answer in operation["responses"].items():
            assert answer["description"]
            kind = "application/json" if status < "300" else "application/problem+json"
            assert answer["content"][kind]["schema"]


def test_what_is_answered_is_what_was_promised(caller: FlaskClient, db: Database, told: Schema, now: datetime) -> None:
    keys = {scope: {"Authorization": f"Bearer {add_token(db, 'x', scope, now)}"} for scope in Scope}
    some: list[object] = [written(1), written(3), 5]
    bodies = (written(1), written(1), written(1, detail="other"), written(2, serial="X9"), {}, some, [])
    calls = [("/api/v1/evidence", "post", keys[Scope.TELL], body) for body in bodies]
    calls.append(("/api/v1/evidence", "post", keys[Scope.READ], written(4)))
    calls.append(("/api/v1/evidence", "post", {}, written(4)))
    seen = set()
    for path, method, headers, body in calls:
        answer = caller.open(path, method=method.upper(), headers=headers, json=body)
        promised = told["paths"][path][method]["responses"][str(answer.status_code)]["content"][answer.content_type]
        assert fits(told, promised["schema"], json.loads(answer.text)), answer.text
        seen.add(answer.status_code)
    assert seen == {200, 201, 400, 401, 403, 404, 409}
    for number, status in (("K1", 200), ("K9", 404), ("K1?as_of=never", 400)):
        answer = caller.get(f"/api/v1/accounts/{number}", headers=keys[Scope.READ])
        assert answer.status_code == status
        answers = told["paths"]["/api/v1/accounts/{number}"]["get"]["responses"]
        promised = answers[str(status)]["content"][answer.content_type]
        assert fits(told, promised["schema"], json.loads(answer.text)), answer.text


def test_a_fact_is_described_as_it_is_read(told: Schema) -> None:
    fact = told["components"]["schemas"]["Fact"]
    assert set(fact["properties"]["kind"]["enum"]) == TELLABLE
    assert set(fact["required"]) == {"key", "kind", "observed_at", "source"}
    assert fits(told, fact, written(1))
    assert not fits(told, fact, written(1, kind="opt_out"))
    assert not fits(told, fact, written(1, rumour="x"))
    assert not fits(told, fact, written(1, source=...) | {"source": 5})
