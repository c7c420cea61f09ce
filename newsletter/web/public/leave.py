"""Leaving: the page that shows, the button that acts, the mail program's one click, and the short why."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from flask import Response, make_response
from sqlalchemy.orm import Session

from newsletter.errors import BadAnswer, BadToken, NewsletterError, NotFound, Refused, Unavailable
from newsletter.language import sentence
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import OfMachine, WhatBecame, Why, Word, answer
from newsletter.optout.leaving import Leaving, leaving
from newsletter.optout.opt_out import Way
from newsletter.optout.undo import Instead
from newsletter.question.asking import Asking, as_worded, asked_of
from newsletter.question.reasons import Fate, Reason, UnitAnswer
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.guessing import TOO_MANY_GUESSES, seconds_to_wait
from newsletter.web.public.page import language, page
from newsletter.web.public.watch import tap_of_act

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058 section 5, exactly this pair
OFF_THE_LIST = sentence("You are off the list.")
AWAY = sentence("Our records cannot be reached just now. Please try again in a moment.")
LEADS_NOWHERE = sentence("This link leads nowhere.")
NO_BUTTON = sentence("No button was pressed, so nothing was changed.")
NO_ANSWER = sentence("This is not one of the answers.")

OFFERED = {
    Instead.MONTHLY: sentence("Stay, with one mail a month"),
    Instead.SAFETY: sentence("Stay, for safety notices only"),
    Instead.CHOOSE: sentence("Stay, and choose topics and machines"),
    Instead.PAUSE_1: sentence("Stay, and get nothing until {date}"),
    Instead.PAUSE_3: sentence("Stay, and get nothing until {date}"),
}
"""What suits somebody better than leaving, on the button."""


@public.get("/leave/<token>", strict_slashes=False)
@public.get("/leave/<token>/why", endpoint="show_why")
@public.get("/leave/<token>/unit", endpoint="show_unit")
def show(token: str) -> Response:
    """What the link is about and, after leaving, the question; changes nothing."""
    return shown(token, _read(token))


@public.post("/leave/<token>", strict_slashes=False)
def leave(token: str) -> Response:
    """One click from a mail program (RFC 8058), or the page's own button."""
    form = fields()
    if form.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        return _one_click(token)
    link, wish = _read(token), form.get("leave")
    if wish not in ("topic", "everything"):
        raise Refused(NO_BUTTON)
    opt_out(house().db, link, Way.PAGE, house().clock(), everything=wish == "everything", tap=tap_of_act())
    try:
        return shown(token, link)
    except Unavailable:  # the database went away just now; the opt-out stands, and the page must not hide it
        return page("sorry.html", language(), message=OFF_THE_LIST, helps=False)


@public.post("/leave/<token>/why")
def why(token: str) -> Response:
    """A reason, with what they wrote, or what became of the machine."""
    return _answered(token, _reason_or_fate)


@public.post("/leave/<token>/unit")
def unit(token: str) -> Response:
    """What one machine is now."""
    return _answered(token, _of_machine)


def _read(token: str) -> OptOutLink:
    return house().links.read_opt_out(token)


def _one_click(token: str) -> Response:
    """RFC 8058 section 3.1: answered directly, never a redirect, and the same shape whatever the token is."""
    try:
        opt_out(house().db, _read(token), Way.ONE_CLICK, house().clock(), tap=tap_of_act(), goodbye=house().goodbye)
    except (BadToken, NotFound) as error:
        if isinstance(error, BadToken) and (seconds := seconds_to_wait()):
            return _plain(TOO_MANY_GUESSES, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(seconds)})
        return _plain(LEADS_NOWHERE, status_of(error))
    except Unavailable as error:
        return _plain(AWAY, status_of(error))
    return _plain(OFF_THE_LIST, HTTPStatus.OK)


def _plain(text: str, status: HTTPStatus, more: Mapping[str, str] = MappingProxyType({})) -> Response:
    return make_response(f"{text}\n", status, {"Content-Type": "text/plain; charset=utf-8", **more})


def _answered(token: str, word_in: Callable[[Mapping[str, str]], Word]) -> Response:
    link, form = _read(token), fields()
    spoken = _language(link)
    try:
        answer(house().db, link, word_in(form), house().clock(), language=spoken, wording=_wording(form))
    except (BadAnswer, Unavailable) as error:
        return shown(token, link, trouble=error, typed=form.get("text"))
    return shown(token, link, is_saved=True)


def _reason_or_fate(form: Mapping[str, str]) -> Word:
    try:
        return WhatBecame(Fate(form["fate"])) if "fate" in form else Why(Reason(form["reason"]), form.get("text"))
    except (KeyError, ValueError) as error:
        raise BadAnswer(NO_ANSWER) from error


def _of_machine(form: Mapping[str, str]) -> Word:
    try:
        machine, _, said = form["said"].rpartition(".")
        unit = form.get("unit", machine)  # a page from before the last release has it in a field of its own
        return OfMachine(int(unit) if unit else None, UnitAnswer(said))
    except (KeyError, ValueError) as error:
        raise BadAnswer(NO_ANSWER) from error


def _wording(form: Mapping[str, str]) -> int | None:
    """The version a form says its reader saw; it may say anything."""
    said = form.get("wording", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def _language(link: OptOutLink) -> str:
    with house().db.read() as session:
        return language(*leaving(session, link, house().clock()).languages)


def shown(
    token: str,
    link: OptOutLink,
    *,
    is_saved: bool = False,
    trouble: NewsletterError | None = None,
    typed: str | None = None,
) -> Response:
    """The page as things stand now. `typed` is what somebody wrote and we could not keep: they get it back."""
    with house().db.read() as session:
        state = leaving(session, link, house().clock())
        spoken = language(*state.languages)
        asking, given = _worded(session, link, state, spoken)
    return page(
        "left.html" if state.has_left else "leave.html",
        spoken,
        status_of(trouble) if trouble else HTTPStatus.OK,
        token=token,
        has_topic=bool(link.topic_id),
        state=state,
        is_saved=is_saved,
        trouble=trouble,
        typed=typed,
        asking=asking,
        given=given,
        offered=OFFERED,
        preferences=f"/preferences/{house().links.preferences_token(link.person_id)}",
    )


def _worded(session: Session, link: OptOutLink, state: Leaving, spoken: str) -> tuple[Asking, Asking]:
    """The questions as they are asked now, and as they were when the reason was given."""
    asking = asked_of(session, link.topic_id, link.person_id, spoken, house().clock())
    version = state.asked.said.reason_wording if state.asked else asking.version
    return asking, asking if version == asking.version else as_worded(session, version, spoken)
