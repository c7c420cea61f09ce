"""The page behind a heartbeat line: GET shows the machines and what was tapped, only a button tells."""

from collections.abc import Mapping

from flask import Response

from newsletter.bulletin.frame import ANSWERS
from newsletter.checkin.heartbeat import running, tell_running, tell_running_pulse
from newsletter.checkin.pulse import MOODS, RIVALS, read_tap
from newsletter.checkin.telling import Telling, read_telling
from newsletter.errors import BadAnswer
from newsletter.ledger.concerned import OTHER_MACHINE
from newsletter.links import RunningLink
from newsletter.question.wording import FATES
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page


@public.get("/running/<token>")
@public.get("/running/<token>/<tapped>")
def show_running(token: str, tapped: str = "") -> Response:
    """The machines of the copy, each with its buttons; changes nothing."""
    return _shown(token, house().links.read_running(token), tapped)


@public.post("/running/<token>")
@public.post("/running/<token>/<tapped>")
def tell_it_runs(token: str, tapped: str = "") -> Response:
    """Keep what was told of one machine."""
    link = house().links.read_running(token)
    tell_running(house().db, link, *told_in(fields()), house().clock())
    return _shown(token, link, tapped, is_saved=True)


@public.post("/running/<token>/pulse")
def running_pulse(token: str) -> Response:
    """Keep how content they are."""
    link = house().links.read_running(token)
    tell_running_pulse(house().db, link, read_tap(fields()), house().clock())
    return _shown(token, link, "", is_saved=True)


def told_in(form: Mapping[str, str]) -> tuple[int, Telling]:
    """Which machine a form is about, and what it tells of it. Raises BadAnswer."""
    unit = form.get("unit", "")
    if not (unit.isascii() and unit.isdigit() and len(unit) < 19):
        raise BadAnswer(OTHER_MACHINE)
    return int(unit), read_telling(form.get("said", ""))


def answers_from(tapped: str) -> dict[str, str]:
    """The answers in English, the one that was tapped first."""
    return {code: ANSWERS[code] for code in sorted(ANSWERS, key=lambda code: code != tapped)}


def _shown(token: str, link: RunningLink, tapped: str, *, is_saved: bool = False) -> Response:
    with house().db.read() as session:
        state = running(session, link, house().clock())
    return page(
        "running.html",
        language(state.language),
        action=f"/running/{token}",
        state=state,
        tapped=tapped if tapped in ANSWERS else "",
        answers=answers_from(tapped),
        fates=FATES,
        moods=MOODS,
        rivals=RIVALS,
        is_saved=is_saved,
    )
