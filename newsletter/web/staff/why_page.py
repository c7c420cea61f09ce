"""Why did she (not) get it? One field, one answer."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.readers import readers
from newsletter.bulletin.source import read_source
from newsletter.errors import BadAddress, NotFound
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.preview import NOBODY
from newsletter.ledger.run import Run
from newsletter.ledger.trial import variant_of
from newsletter.results.why import FOUND, LAST, Asking, Got, answers, people_named
from newsletter.segment.choosing import choose
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.letter_alone import letter_alone
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import lists
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.show import zone, zone_name

why = Blueprint("why", __name__, url_prefix="/staff")
why.before_request(guard)

IN_A_WORD: dict[Got, str] = {Got.YES: "Yes", Got.NO: "No", Got.NOT_YET: "Not yet", Got.IN_DOUBT: "Nobody knows"}


def install(app: Flask) -> None:
    """Put the answer into an application with a staff door."""
    app.register_blueprint(why)


@why.get("/why", endpoint="ask")
@open_to(*Duty)
def ask() -> ResponseReturnValue:
    """The answer for an address and a bulletin, or the people to choose from."""
    address, number = lists.word(request.args, "address"), lists.word(request.args, "bulletin")
    shown: dict[str, Any] = {}
    status = 200
    with house().db.read() as session:
        if address and "@" not in address:
            shown["people"] = people_named(session, address)
        elif address:
            try:
                shown["found"] = answers(session, address, number, _asking())
            except BadAddress as error:
                shown["wrong_address"], status = str(error), 400
            except NotFound as error:
                shown["wrong_bulletin"], status = str(error), 404
        page = render_template(
            "staff/why.html", address=address, number=number, words=IN_A_WORD, last=LAST, most=FOUND, **shown
        )
    return page, status


@why.get(f"/copies/<int(max={parts.LARGEST_ID}):delivery_id>/letter", endpoint="letter")
@open_to(*Duty)
def show_letter(delivery_id: int) -> ResponseReturnValue:
    """The HTML of a copy as its reader got it, with links that do nothing to them."""
    with house().db.read() as session:
        copy = session.get(Delivery, delivery_id)
        if copy is None or copy.person_id is None:
            raise NotFound("This copy is gone, or the person it went to was erased.")
        run = session.get_one(Run, copy.run_id)
        version, topic = session.get_one(Version, run.version_id), session.get_one(Topic, run.topic_id)
        source = read_source(version.source, variant_of(session, copy))
        press = parts.desk().press(source, topic, run.seed, version.frozen_at)
        reader = readers(session, {copy.person_id: copy.unit_ids})[copy.person_id]
        at = copy.settled_at or parts.now()
        letter = press.letter(reader, person_id=NOBODY, delivery_id=NOBODY, date=at)
    return letter_alone(letter.html)


def _asking() -> Asking:
    return Asking(house().links.signer, house().config.zone, parts.now(), _moment, choose)


def _moment(at: datetime) -> str:
    local = at.astimezone(zone())
    return f"{local.day} {local:%b %Y, %H:%M:%S} {zone_name(local)}"
