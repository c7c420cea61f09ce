"""Bulletins from other systems: sent as the command sends them, and newsletters read from HTML."""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

from flask import Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError

from newsletter.bulletin.imported import read_newsletter
from newsletter.bulletin.trial import in_words as trial_in_words
from newsletter.bulletin.waves import in_words
from newsletter.bulletin.when import When
from newsletter.errors import BadBulletin, Refused
from newsletter.ledger.order import Desk, Order
from newsletter.ledger.wished import Wished
from newsletter.segment.choosing import choose
from newsletter.staff.token import Scope
from newsletter.web.api.blueprint import api
from newsletter.web.api.guard import needs
from newsletter.web.api.schema import BulletinOrdered, BulletinRead, BulletinToSend, NewsletterToRead
from newsletter.web.errors import answer
from newsletter.web.house import house

_AUTHOR = "API"
_LARGEST = 24 * 1024 * 1024
"""Octets: 5 MB of text may be several times as much in JSON."""
_Wanted = TypeVar("_Wanted", bound=BaseModel)


@api.post("/bulletins")
@needs(Scope.SEND)
def send() -> ResponseReturnValue:
    """Write a bulletin down and schedule its run: 201. With `dry_run` nothing is changed: 200."""
    wanted = _read(BulletinToSend)
    if not isinstance(wanted, BulletinToSend):
        return wanted
    config, now = house().config, house().clock()
    desk = Desk(house().db, config.sender, house().links, choose, config.approval)
    try:
        when = _when(wanted)
        if wanted.dry_run:
            order = desk.dry_run(wanted.source, topic=wanted.topic, when=when)
        else:
            order = desk.order(wanted.source, topic=wanted.topic, when=when, author=_AUTHOR, now=now)
    except BadBulletin as error:
        return answer(HTTPStatus.BAD_REQUEST, str(error))
    status = HTTPStatus.OK if order.run is None else HTTPStatus.CREATED
    return Response(_ordered(order).model_dump_json(), status, mimetype="application/json")


@api.post("/bulletins/import")
@needs(Scope.SEND)
def read() -> ResponseReturnValue:
    """Read a newsletter that exists as HTML. Nothing is kept or sent."""
    wanted = _read(NewsletterToRead)
    if not isinstance(wanted, NewsletterToRead):
        return wanted
    found = read_newsletter(wanted.html)
    told = BulletinRead(
        title=found.title,
        preheader=found.preheader,
        language=found.language,
        source=found.source,
        images=[{"url": address, "alt": words} for address, words in found.images],
        left_out=[*found.left_out],
        look_at=[*found.look_at],
    )
    return Response(told.model_dump_json(), mimetype="application/json")


def _read(shape: type[_Wanted]) -> _Wanted | ResponseReturnValue:
    """What was sent, or the answer that refuses it."""
    if not request.is_json:
        return answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Bulletins are told as JSON.", "Send application/json.")
    request.max_content_length = _LARGEST
    try:
        return shape.model_validate_json(request.get_data())
    except (ValidationError, json.JSONDecodeError) as error:
        raise Refused(_in_words(error), hint="Look it up in /api/openapi.json.") from error


def _in_words(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "This is no JSON."
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where or 'The body'}: {first['msg']}."


def _when(wanted: BulletinToSend) -> When:
    config = house().config
    grace = config.grace if wanted.grace_hours is None else timedelta(hours=wanted.grace_hours)
    wished = Wished(wanted.at, wanted.zone, wanted.theirs, wanted.waves, wanted.hours, wanted.trial)
    return wished.when(house().clock(), grace)


def _ordered(order: Order) -> BulletinOrdered:
    return BulletinOrdered(
        run=order.run,
        number=order.number,
        title=order.title,
        at=order.when.at.isoformat(),
        waves=in_words(order.when.waves),
        theirs=order.when.is_theirs,
        hours=order.when.hours,
        trial=trial_in_words(order.when.trial) if order.when.trial else "",
        lacks_approval=order.lacks_approval,
        targeted=order.reach.targeted,
        left_out=dict(order.reach.left_out),
        units=order.reach.units,
        units_reached=order.reach.units_reached,
    )
