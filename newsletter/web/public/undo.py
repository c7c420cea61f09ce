"""After leaving: taking it back, with or without a wish instead, and asking that nobody gets in touch."""

from flask import Response, redirect

from newsletter.errors import BadAnswer, Unavailable
from newsletter.hit.tap import Tap
from newsletter.language import sentence
from newsletter.links import OptOutLink
from newsletter.optout.leaving import leaving
from newsletter.optout.no_contact import wish_contact
from newsletter.optout.undo import Instead, undo
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.leave import NO_ANSWER, NO_BUTTON, shown
from newsletter.web.public.page import language, page
from newsletter.web.public.stranger import TOO_SOON, YOUNGEST
from newsletter.web.public.watch import tap_of_act

GRANTED = {
    Instead.AS_BEFORE: sentence("You get our mails as before."),
    Instead.MONTHLY: sentence("You get one mail a month."),
    Instead.SAFETY: sentence("You get safety notices only."),
    Instead.PAUSE_1: sentence("You get nothing until {date}."),
    Instead.PAUSE_3: sentence("You get nothing until {date}."),
}


@public.get("/leave/<token>/undo", endpoint="show_undo")
@public.get("/leave/<token>/contact", endpoint="show_contact")
def show_after(token: str) -> Response:
    """The opt-out page, for who reloads; changes nothing."""
    return shown(token, house().links.read_opt_out(token))


@public.post("/leave/<token>/undo")
def take_back(token: str) -> Response:
    """Put things as they were before, or as an offer said."""
    link, form, tap = house().links.read_opt_out(token), fields(), tap_of_act()
    try:
        instead, mark = Instead(form["instead"]), int(form["mark"][:20])
        _wait_for_a_person(tap)
        undo(house().db, link, mark, instead, house().clock(), tap=tap)
    except (KeyError, ValueError):
        return shown(token, link, trouble=BadAnswer(NO_ANSWER))
    except (BadAnswer, Unavailable) as error:
        return shown(token, link, trouble=error)
    if instead is Instead.CHOOSE:
        return _on_to_preferences(link)
    return _back(token, link, instead)


@public.post("/leave/<token>/contact")
def contact(token: str) -> Response:
    """Note that nobody, or somebody after all, may get in touch about this."""
    link, wish = house().links.read_opt_out(token), fields().get("contact")
    if wish not in ("no", "yes"):
        return shown(token, link, trouble=BadAnswer(NO_BUTTON))
    try:
        wish_contact(house().db, link, house().clock(), wished=wish == "yes")
    except Unavailable as error:
        return shown(token, link, trouble=error)
    return shown(token, link, is_saved=True)


def _wait_for_a_person(tap: Tap | None) -> None:
    # A program that presses every button of a page does so at once, and must not undo what a person did.
    if tap is None or tap.shown is None or tap.shown < YOUNGEST:
        raise BadAnswer(TOO_SOON)


def _on_to_preferences(link: OptOutLink) -> Response:
    token = house().links.preferences_token(link.person_id)
    return redirect(f"/preferences/{token}", 303)  # type: ignore[return-value] # it is Flask's own


def _back(token: str, link: OptOutLink, instead: Instead) -> Response:
    with house().db.read() as session:
        state = leaving(session, link, house().clock())
    return page(
        "back.html",
        language(*state.languages),
        token=token,
        state=state,
        granted=GRANTED[instead],
        until=state.pauses.get(instead),
        preferences=f"/preferences/{house().links.preferences_token(link.person_id)}",
    )
