"""Taking evidence from other systems, one fact or many."""

from http import HTTPStatus
from typing import Any

from flask import Response, request

from newsletter.errors import Refused
from newsletter.intake.fact import read_fact, read_json
from newsletter.intake.take import MOST_AT_ONCE, Became, Outcome, Told, take
from newsletter.staff.token import Scope
from newsletter.web.api.blueprint import api
from newsletter.web.api.guard import needs
from newsletter.web.api.schema import EvidenceTaken, FactTaken
from newsletter.web.errors import answer, status_of
from newsletter.web.house import house


@api.post("/evidence")
@needs(Scope.TELL)
def tell() -> Response | tuple[Any, ...]:
    """Note one fact, or a list of them: 201 where something was noted, 200 where all was known, 4xx for one refused.

    A list is answered item by item in its order; what is refused keeps nothing else out.
    """
    if not request.is_json:
        return answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Evidence is told as JSON.", "Send application/json.")
    written = read_json(request.get_data())
    many = written if isinstance(written, list) else [written]
    if len(many) > MOST_AT_ONCE:
        message, hint = f"These are {len(many):,} facts.", f"Send at most {MOST_AT_ONCE:,} at once."
        return answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message, hint)
    told = [_read(one) for one in many]
    outcomes = take(house().db, told, house().clock())
    if isinstance(written, list):
        return _all(many, outcomes)
    if outcomes[0].error:
        raise outcomes[0].error
    return _answered(_item(written, outcomes[0]).model_dump_json(), outcomes)


def _read(written: object) -> Told:
    try:
        return read_fact(written)
    except Refused as error:
        return error


def _all(many: list[object], outcomes: list[Outcome]) -> Response:
    items = [_item(*pair) for pair in zip(many, outcomes, strict=True)]
    counts = {became: sum(item.outcome == became for item in items) for became in Became}
    taken = EvidenceTaken(**{became.value: count for became, count in counts.items()}, items=items)
    return _answered(taken.model_dump_json(), outcomes)


def _answered(body: str, outcomes: list[Outcome]) -> Response:
    is_new = any(outcome.became is Became.NOTED for outcome in outcomes)
    return Response(body, HTTPStatus.CREATED if is_new else HTTPStatus.OK, mimetype="application/json")


def _item(written: object, outcome: Outcome) -> FactTaken:
    key = outcome.key or _key(written)
    if outcome.error is None:
        return FactTaken(key=key, outcome=outcome.became.value)
    return FactTaken(
        key=key, outcome=outcome.became.value, status=int(status_of(outcome.error)), reason=str(outcome.error)
    )


def _key(written: object) -> str | None:
    """What a refused item calls itself, so that its sender finds it again."""
    key = written.get("key", written.get("id")) if isinstance(written, dict) else None
    return str(key)[:200].encode("utf-8", "replace").decode() if isinstance(key, str | int) else None
