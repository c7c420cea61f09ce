"""The page behind a safety bulletin's "done" link: GET shows the machines, a button tells that the job is done."""

from flask import Response

from newsletter.checkin.acknowledge import acknowledge, acknowledging
from newsletter.errors import BadAnswer
from newsletter.ledger.concerned import OTHER_MACHINE
from newsletter.links import DoneLink
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page
from newsletter.web.public.stranger import TOO_SOON, YOUNGEST
from newsletter.web.public.watch import seconds_shown


@public.get("/done/<token>")
def show_jobs(token: str) -> Response:
    """The machines the mail was about, each with its button; changes nothing."""
    return _shown(token, house().links.read_done(token))


@public.post("/done/<token>")
def tell_done(token: str) -> Response:
    """Note that the job is done on one machine."""
    link = house().links.read_done(token)
    try:
        unit_id = int(fields().get("unit", ""))
    except ValueError as error:
        raise BadAnswer(OTHER_MACHINE) from error
    seconds = seconds_shown(fields())
    if seconds is not None and seconds < YOUNGEST:
        # It would not be believed: gateways press buttons too, and a reminder would ask somebody who had answered.
        return _shown(token, link, trouble=BadAnswer(TOO_SOON))
    acknowledge(house().db, link, unit_id, house().clock())
    return _shown(token, link, is_saved=True)


def _shown(token: str, link: DoneLink, *, is_saved: bool = False, trouble: BadAnswer | None = None) -> Response:
    with house().db.read() as session:
        state = acknowledging(session, link)
    return page("done.html", language(state.language), token=token, state=state, is_saved=is_saved, trouble=trouble)
