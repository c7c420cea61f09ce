"""For who has no link any more: it comes to their mailbox when they type their address, to choose or to stop."""

from http import HTTPStatus
from typing import Literal

from flask import Response, redirect
from werkzeug.wrappers import Response as Redirect

from newsletter.audience.address import masked
from newsletter.audience.mailed_link import PREFERENCES, STOP, Errand, mail_link
from newsletter.audience.person import Person
from newsletter.errors import NotFound, Refused
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.public.alike import alike_long
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page
from newsletter.web.public.stranger import address_in, caller, is_program, office, wait_a_moment

Name = Literal["preferences", "stop"]

_ANY_TOPIC, _NO_COPY = 0, 0


@public.get("/preferences")
def show_ask_preferences() -> Response:
    """The form that sends the link to one's preferences."""
    return _shown("preferences")


@public.post("/preferences")
def ask_preferences() -> Response:
    """Send it, or look as if."""
    return _asked("preferences", PREFERENCES)


@public.get("/stop")
def show_ask_stop() -> Response:
    """The form that sends the link to stop everything."""
    return _shown("stop")


@public.post("/stop")
def ask_stop() -> Response:
    """Send it, or look as if."""
    return _asked("stop", STOP)


@public.get("/stop/<token>")
def show_stop(token: str) -> Response:
    """The button; changes nothing."""
    with house().db.read() as session:
        person = session.get(Person, house().links.read_stop(token))
    if person is None:
        raise NotFound("This link leads nowhere.")
    return page("stop.html", language(person.language), token=token, address=masked(person.address))


@public.post("/stop/<token>")
def stop(token: str) -> Redirect:
    """Stop everything, and go on to the page that says so and asks why."""
    link = OptOutLink(house().links.read_stop(token), _ANY_TOPIC, _NO_COPY)
    opt_out(house().db, link, Way.PAGE, house().clock(), everything=True)
    return redirect(f"/leave/{house().links.opt_out_token(link)}", HTTPStatus.SEE_OTHER)


def _asked(name: Name, errand: Errand) -> Response:
    form, spoken = fields(), language()
    try:
        if not is_program(form):
            wait_a_moment(form)
            address, network = address_in(form), caller().network
            now = house().clock()
            with alike_long():
                mail_link(house().db, errand, address, network, language=spoken, office=office(), now=now)
    except Refused as error:
        return _shown(name, error, form.get("address", ""))
    return page("asked.html", spoken, errand=name)


def _shown(name: Name, trouble: Refused | None = None, typed: str = "") -> Response:
    status = status_of(trouble) if trouble else HTTPStatus.OK
    return page("ask.html", language(), status, errand=name, trouble=trouble, typed=typed)
