"""Why an address did, or did not, get a bulletin, for other systems."""

from dataclasses import asdict

from flask import Response, request

from newsletter.errors import BadAddress
from newsletter.results.why import Answer, Asking, answers
from newsletter.segment.choosing import choose
from newsletter.staff.token import Scope
from newsletter.web.api.blueprint import api
from newsletter.web.api.guard import needs
from newsletter.web.api.schema import WhyAnswers
from newsletter.web.house import house


@api.get("/why")
@needs(Scope.READ)
def why() -> Response:
    """The answer for `address` and `bulletin`; without a bulletin for the last that were sent."""
    address, number = request.args.get("address", ""), request.args.get("bulletin", "")
    if not address:
        raise BadAddress("There is no address.", hint="Ask with ?address=…&bulletin=….")
    asking = Asking(house().links.signer, house().config.zone, house().clock(), choose=choose)
    with house().db.read() as session:
        found = [_plain(one) for one in answers(session, address[:1000], number[:200], asking)]
    return Response(WhyAnswers.model_validate({"answers": found}).model_dump_json(), mimetype="application/json")


def _plain(answer: Answer) -> dict[str, object]:
    plain = asdict(answer)
    accounts = [{"number": number, "name": name} for number, name in plain["accounts"]]
    at = answer.at.isoformat() if answer.at else None
    return {**plain, "accounts": accounts, "sentences": list(answer.sentences), "at": at}
