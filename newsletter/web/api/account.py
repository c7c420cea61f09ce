"""The record of an account for other systems."""

from zoneinfo import ZoneInfo

from flask import Response, request

from newsletter.report.export import EXPORTED, as_json
from newsletter.report.looking import Asked, look
from newsletter.report.record import account_record
from newsletter.staff.token import Scope
from newsletter.web.api.blueprint import api
from newsletter.web.api.guard import needs
from newsletter.web.api.schema import AccountRecord
from newsletter.web.house import house


@api.get("/accounts/<path:number>")
@needs(Scope.READ)
def account(number: str) -> Response:
    """The record of one account, as `newsletter account show --json` prints it.

    `as_of` is a past day, `before` the `older` of a former answer, `kind` a part of the timeline.
    """
    asked = {name: request.args.get(name, "") for name in ("as_of", "before", "kind")}
    at, view = look(house().clock(), ZoneInfo(house().config.zone), Asked(**asked, page=EXPORTED))
    with house().db.read() as session:
        record = account_record(session, number, at, view)
    answer = AccountRecord.model_validate(as_json(record))
    return Response(answer.model_dump_json(), mimetype="application/json")
