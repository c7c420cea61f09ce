"""Subscribing: the page that asks, and the page behind the letter whose button confirms."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response

from newsletter.audience.confirm import confirm, confirming
from newsletter.audience.subscribe import SubscribeForm, ask_to_subscribe, offered
from newsletter.audience.subscribing import AGREEMENT
from newsletter.errors import NewsletterError, Refused
from newsletter.language import LANGUAGES, translator
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.public.alike import alike_long
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page
from newsletter.web.public.stranger import address_in, caller, is_program, office, wait_a_moment


@public.get("/subscribe")
def show_subscribe() -> Response:
    """The form; nothing is ticked."""
    return _shown({})


@public.post("/subscribe")
def subscribe() -> Response:
    """Send a letter to confirm, or look as if: the answer is the same for every address."""
    form = fields()
    try:
        if not is_program(form):
            wait_a_moment(form)
            now = house().clock()
            with alike_long():
                ask_to_subscribe(house().db, _form(form), caller(), office(), now)
    except Refused as error:
        return _shown(form, error)
    return page("asked.html", _language(form), errand="subscribe")


@public.get("/confirm/<token>")
def show_confirm(token: str) -> Response:
    """What was asked for, with the button; changes nothing."""
    return _shown_confirm(token)


@public.post("/confirm/<token>")
def press_confirm(token: str) -> Response:
    """Subscribe."""
    request_id = house().links.read_confirm(token)
    confirm(house().db, request_id, caller(), house().links.signer, house().clock())
    return _shown_confirm(token, is_saved=True)


def _form(form: Mapping[str, str]) -> SubscribeForm:
    spoken = _language(form)
    return SubscribeForm(
        address=address_in(form),
        topic_ids=_chosen(form),
        serial=form.get("serial", ""),
        language=spoken,
        wording=translator(spoken).gettext(AGREEMENT).format(vendor=house().config.vendor_name),
        form_url=f"{house().links.base_url}/subscribe",
    )


def _chosen(form: Mapping[str, str]) -> list[int]:
    names = (name.removeprefix("topic_") for name in form if name.startswith("topic_"))
    return [int(name) for name in names if name.isascii() and name.isdecimal() and len(name) < 10]


def _language(form: Mapping[str, str]) -> str:
    return language(*([form["language"]] if form.get("language") in LANGUAGES else []))


def _shown(form: Mapping[str, str], trouble: NewsletterError | None = None) -> Response:
    with house().db.read() as session:
        topics = offered(session)
    return page(
        "subscribe.html",
        language(),
        status_of(trouble) if trouble else HTTPStatus.OK,
        topics=topics,
        chosen=_chosen(form),
        typed=form,
        trouble=trouble,
        agreement=AGREEMENT,
    )


def _shown_confirm(token: str, *, is_saved: bool = False) -> Response:
    request_id = house().links.read_confirm(token)
    with house().db.read() as session:
        state = confirming(session, request_id, house().links.signer, house().clock())
    choose = house().links.preferences(state.person_id) if state.person_id else ""
    return page("confirm.html", language(state.language), token=token, state=state, is_saved=is_saved, choose=choose)
