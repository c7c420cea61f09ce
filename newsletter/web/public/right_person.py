"""Naming the right person, after leaving as the wrong one."""

from http import HTTPStatus

from flask import Response

from newsletter.audience.subscribing import AGREEMENT
from newsletter.errors import Refused
from newsletter.language import translator
from newsletter.optout.leaving import leaving
from newsletter.optout.right_person import name_right_person
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page
from newsletter.web.public.stranger import address_in, caller, is_program, office, wait_a_moment


@public.get("/leave/<token>/right-person")
def show_right_person(token: str) -> Response:
    """The form alone; changes nothing."""
    return _shown(token)


@public.post("/leave/<token>/right-person")
def right_person(token: str) -> Response:
    """Ask the person who was named, once ever, or look as if."""
    link, form = house().links.read_opt_out(token), fields()
    spoken, now = _language(token), house().clock()
    try:
        if not is_program(form):
            wait_a_moment(form)
            name_right_person(
                house().db,
                link,
                address_in(form),
                caller(),
                wording=translator(spoken).gettext(AGREEMENT).format(vendor=house().config.vendor_name),
                language=spoken,
                office=office(),
                now=now,
            )
    except Refused as error:
        return _shown(token, error, form.get("address", ""))
    return page("asked.html", spoken, errand="right-person", back=f"/leave/{token}")


def _language(token: str) -> str:
    with house().db.read() as session:
        return language(*leaving(session, house().links.read_opt_out(token), house().clock()).languages)


def _shown(token: str, trouble: Refused | None = None, typed: str = "") -> Response:
    status = status_of(trouble) if trouble else HTTPStatus.OK
    return page("name.html", _language(token), status, token=token, refused=trouble, named=typed)
