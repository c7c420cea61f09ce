"""Putting the API into an application, and its addresses."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response

from newsletter.report.export import as_json
from newsletter.report.record import account_record
from newsletter.staff.token import Scope
from newsletter.web.api.guard import guard, needs
from newsletter.web.api.schema import AccountRecord
from newsletter.web.house import house

api = Blueprint("api", __name__, url_prefix="/api/v1")
api.before_request(guard)


def install(app: Flask) -> None:
    """Open the API of an application that has moved in."""
    app.register_blueprint(api)


@api.get("/accounts/<path:number>")
@needs(Scope.READ)
def account(number: str) -> Response:
    """The record of one account, as `newsletter account show --json` prints it."""
    with house().db.read() as session:
        record = account_record(session, number, house().clock(), zone=ZoneInfo(house().config.zone))
    answer = AccountRecord.model_validate(as_json(record))
    return Response(answer.model_dump_json(), mimetype="application/json")
