"""Another address: the form on somebody's page, and the buttons in the letters to the new and to the old mailbox."""

from http import HTTPStatus

from flask import Response

from newsletter.audience.change_address import ask_to_change, changing, confirm_change, take_back
from newsletter.audience.person import Person
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.language import sentence
from newsletter.links import Side
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page
from newsletter.web.public.stranger import address_in, caller, office, wait_a_moment

CANNOT = sentence("This address cannot be used here. Please write to us, and a colleague will help.")


@public.get("/preferences/<token>/address")
def show_new_address(token: str) -> Response:
    """The form."""
    return _shown(token)


@public.post("/preferences/<token>/address")
def ask_new_address(token: str) -> Response:
    """Send a letter to the new address, or look as if."""
    person_id, form = house().links.read_preferences(token), fields()
    spoken = _language(person_id)
    try:
        wait_a_moment(form)
        now, network = house().clock(), caller().network
        ask_to_change(house().db, person_id, address_in(form), network, language=spoken, office=office(), now=now)
    except Refused as error:
        return _shown(token, error, form.get("address", ""))
    return page("asked.html", spoken, errand="address", back=f"/preferences/{token}")


@public.get("/address/<token>")
def show_change(token: str) -> Response:
    """The button to confirm, or to take back; changes nothing."""
    return _shown_change(token)


@public.post("/address/<token>")
def press_change(token: str) -> Response:
    """Confirm, or take back."""
    change_id, side = house().links.read_address(token)
    now = house().clock()
    is_done = (
        confirm_change(house().db, change_id, office(), now)
        if side is Side.NEW
        else take_back(house().db, change_id, now)
    )
    return _shown_change(token, None if is_done else Conflict(CANNOT))


def _language(person_id: int) -> str:
    with house().db.read() as session:
        person = session.get(Person, person_id)
    if person is None:
        raise NotFound("This link leads nowhere.")
    return language(person.language)


def _shown(token: str, trouble: Refused | None = None, typed: str = "") -> Response:
    spoken = _language(house().links.read_preferences(token))
    status = status_of(trouble) if trouble else HTTPStatus.OK
    return page("address.html", spoken, status, token=token, trouble=trouble, typed=typed)


def _shown_change(token: str, trouble: Conflict | None = None) -> Response:
    change_id, side = house().links.read_address(token)
    with house().db.read() as session:
        state = changing(session, change_id, side, house().clock())
    status = status_of(trouble) if trouble else HTTPStatus.OK
    is_new = side is Side.NEW
    spoken = language(state.language)
    return page("change.html", spoken, status, token=token, state=state, is_new=is_new, trouble=trouble)
