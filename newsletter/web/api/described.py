"""The API described as OpenAPI 3.1, from the models it reads and answers with; its page needs no key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Literal

from flask import Blueprint, Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from newsletter.intake.fact import Fact
from newsletter.intake.take import MOST_AT_ONCE
from newsletter.report.place import KINDS
from newsletter.staff.token import Scope
from newsletter.web.api.schema import (
    AccountRecord,
    BulletinOrdered,
    BulletinRead,
    BulletinToSend,
    EvidenceTaken,
    FactTaken,
    NewsletterToRead,
    Problem,
    WhyAnswers,
)

described = Blueprint("described", __name__, url_prefix="/api")

_Schema = dict[str, Any]
_REFS = "#/components/schemas/{model}"
_EVERYWHERE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)


@described.get("/openapi.json", endpoint="openapi")
def show() -> Response:
    """The description, for programs that write clients and for people who read them."""
    return Response(_written(), mimetype="application/json")


@dataclass(frozen=True, slots=True)
class Operation:
    """One address: who may call it, what it takes, and what it answers."""

    path: str
    method: str
    name: str
    summary: str
    told: str
    scope: Scope
    gives: Mapping[HTTPStatus, _Schema]
    refuses: Sequence[HTTPStatus]
    parameters: Sequence[_Schema] = ()
    takes: _Schema | None = None


def _ref(model: type) -> _Schema:
    return {"$ref": _REFS.format(model=model.__name__)}


def _text(name: str, where: str, told: str, *, required: bool = False, **schema: object) -> _Schema:
    kind = {"type": "string", **schema}
    return {"name": name, "in": where, "required": required or where == "path", "description": told, "schema": kind}


_TAKEN: _Schema = {"anyOf": [_ref(FactTaken), _ref(EvidenceTaken)]}

_UNTAKEN = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)

OPERATIONS = (
    Operation(
        path="/api/v1/accounts/{number}",
        method="get",
        name="readAccount",
        summary="The record of one account",
        told="What we know of the account, its machines and its people: each verdict with the evidence it rests on.",
        scope=Scope.READ,
        parameters=(
            _text("number", "path", "The number of the account, as the ERP has it; it may hold slashes."),
            _text("as_of", "query", "A past day: what we would have thought at its end.", format="date"),
            _text("before", "query", "The `older` of a former answer, for the part of the timeline before it."),
            _text("kind", "query", "A part of the timeline.", enum=["", *KINDS]),
        ),
        gives={HTTPStatus.OK: _ref(AccountRecord)},
        refuses=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
    ),
    Operation(
        path="/api/v1/why",
        method="get",
        name="askWhy",
        summary="Why an address did, or did not, get a bulletin",
        told="One answer: sent when and with which words of the server, or left out by which rule, and what would have "
        "to change. Of an erased person it says only that nothing is ever sent to the address.",
        scope=Scope.READ,
        parameters=(
            _text("address", "query", "The mail address.", required=True),
            _text("bulletin", "query", "The number of a bulletin; without it, the last five that were sent."),
        ),
        gives={HTTPStatus.OK: _ref(WhyAnswers)},
        refuses=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
    ),
    Operation(
        path="/api/v1/evidence",
        method="post",
        name="tellEvidence",
        summary="Tell what was observed of machines",
        told=f"One fact, or a list of up to {MOST_AT_ONCE:,}. The same key again with the same words changes nothing. "
        "A fact told alone is refused by a status; of a list each is answered in its place, and what is refused keeps "
        "nothing else out. 201 where something was noted, 200 where all was known already.",
        scope=Scope.TELL,
        takes={"anyOf": [_ref(Fact), {"type": "array", "items": _ref(Fact), "maxItems": MOST_AT_ONCE}]},
        gives={HTTPStatus.CREATED: _TAKEN, HTTPStatus.OK: _TAKEN},
        refuses=(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        ),
    ),
    Operation(
        path="/api/v1/bulletins",
        method="post",
        name="sendBulletin",
        summary="Send a bulletin",
        told="As `newsletter bulletin send` does: it is written down and its run scheduled, 201. With `dry_run` it "
        "says who would get it and changes nothing, 200. What law or RFC forbids is refused with line and column.",
        scope=Scope.SEND,
        takes=_ref(BulletinToSend),
        gives={HTTPStatus.CREATED: _ref(BulletinOrdered), HTTPStatus.OK: _ref(BulletinOrdered)},
        refuses=_UNTAKEN,
    ),
    Operation(
        path="/api/v1/bulletins/import",
        method="post",
        name="readNewsletter",
        summary="Read a newsletter that exists as HTML",
        told="The bulletin it would be, to be looked over and completed: nothing is kept or sent.",
        scope=Scope.SEND,
        takes=_ref(NewsletterToRead),
        gives={HTTPStatus.OK: _ref(BulletinRead)},
        refuses=_UNTAKEN,
    ),
)
"""Every address of the API."""


@cache
def _written() -> str:
    return json.dumps(document(), ensure_ascii=False)


def document() -> _Schema:
    """The description as plain values."""
    paths: dict[str, _Schema] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Newsletter API",
            "version": "1",
            "description": "Evidence in, verdicts out. Make a key with `newsletter token add --scope read|tell|send`.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _described(operation: Operation) -> _Schema:
    answers = {_code(status): _answer(status, schema, "application/json") for status, schema in operation.gives.items()}
    for status in sorted((*operation.refuses, *_EVERYWHERE)):
        answers[_code(status)] = _answer(status, _ref(Problem), "application/problem+json")
    described = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.told,
        "security": [{"key": [operation.scope.value]}],
        "responses": answers,
    }
    if operation.parameters:
        described["parameters"] = list(operation.parameters)
    if operation.takes:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": operation.takes}}}
    return described


def _answer(status: HTTPStatus, schema: _Schema, kind: str) -> _Schema:
    return {"description": status.phrase, "content": {kind: {"schema": schema}}}


def _code(status: HTTPStatus) -> str:
    return str(int(status))


_ANSWERS = (AccountRecord, FactTaken, EvidenceTaken, WhyAnswers, BulletinOrdered, BulletinRead, Problem)


def _schemas() -> _Schema:
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        *((model, "validation") for model in (Fact, BulletinToSend, NewsletterToRead)),
        *((model, "serialization") for model in _ANSWERS),
    ]
    _, schemas = models_json_schema(models, ref_template=_REFS)
    return dict(sorted(schemas["$defs"].items()))
