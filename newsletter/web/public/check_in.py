"""The page behind a check-in letter: GET shows the machines and what was tapped, only a button tells."""

from http import HTTPStatus

from flask import Response

from newsletter.bulletin.frame import ANSWERS
from newsletter.checkin.answer import check_in_page, keep_words, say_not_me, tell_check_in, tell_check_in_pulse
from newsletter.checkin.pulse import MOODS, RIVALS, read_tap
from newsletter.errors import BadAnswer
from newsletter.language import sentence
from newsletter.links import CheckInLink, OptOutLink
from newsletter.question.wording import FATES
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page
from newsletter.web.public.running import answers_from, told_in

NOTHING_SAID = sentence("No button was pressed, so nothing was changed.")


@public.get("/check-in/<token>")
@public.get("/check-in/<token>/<int:unit>/<tapped>")
def show_check_in(token: str, unit: int = 0, tapped: str = "") -> Response:
    """The machines of the letter, each with its buttons; changes nothing."""
    return _shown(token, house().links.read_check_in(token), unit=unit, tapped=tapped)


@public.post("/check-in/<token>")
def answer_check_in(token: str) -> Response:
    """Keep what was told of one machine."""
    link = house().links.read_check_in(token)
    tell_check_in(house().db, link, *told_in(fields()), house().clock())
    return _shown(token, link, is_saved=True)


@public.post("/check-in/<token>/not-me")
def not_me(token: str) -> Response:
    """Keep that they are not the right person."""
    link = house().links.read_check_in(token)
    if fields().get("answer") != "not_me":
        raise BadAnswer(NOTHING_SAID)
    say_not_me(house().db, link, house().clock())
    return _shown(token, link, is_saved=True)


@public.post("/check-in/<token>/pulse")
def check_in_pulse(token: str) -> Response:
    """Keep how content they are."""
    link = house().links.read_check_in(token)
    tell_check_in_pulse(house().db, link, read_tap(fields()), house().clock())
    return _shown(token, link, is_saved=True)


@public.post("/check-in/<token>/words")
def words(token: str) -> Response:
    """Keep what they wrote; what cannot be kept they get back."""
    link, typed = house().links.read_check_in(token), fields().get("text", "")
    try:
        keep_words(house().db, link, typed, house().clock())
    except BadAnswer as error:
        return _shown(token, link, trouble=error, typed=typed)
    return _shown(token, link, is_saved=True)


def _shown(
    token: str,
    link: CheckInLink,
    *,
    unit: int = 0,
    tapped: str = "",
    is_saved: bool = False,
    trouble: BadAnswer | None = None,
    typed: str | None = None,
) -> Response:
    with house().db.read() as session:
        state = check_in_page(session, link, house().clock())
    return page(
        "check_in.html",
        language(state.language),
        status_of(trouble) if trouble else HTTPStatus.OK,
        action=f"/check-in/{token}",
        leave=f"/leave/{house().links.opt_out_token(OptOutLink(link.person_id, 0, 0))}",
        state=state,
        # The machine that was tapped comes first.
        machines=sorted(state.machines, key=lambda machine: machine.unit_id != unit),
        tapped_unit=unit,
        said=tapped if tapped in ANSWERS else "",
        as_tapped=answers_from(tapped),
        all_answers=ANSWERS,
        fates=FATES,
        moods=MOODS,
        rivals=RIVALS,
        is_saved=is_saved,
        trouble=trouble,
        typed=typed,
    )
