"""The inbox of service and sales: what waits, and doing something with several at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Flask, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.errors import BadTime, Refused
from newsletter.followup.act import AT_ONCE, Done, give_back, postpone, take
from newsletter.followup.causes import IN_WORDS as CAUSES
from newsletter.followup.inbox import ME, MOST_COUNTED, NOBODY, Line, Wanted, how_many, inbox, owners
from newsletter.followup.outcomes import FOUND, TO_CHOOSE, Found, Outcome
from newsletter.followup.own_desk import views
from newsletter.followup.rules import Team
from newsletter.outcome.close import Learned, close, hand_over
from newsletter.report.narrowing import choices
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import work_words as words
from newsletter.web.staff.colleague import somebody
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.lists import row_id, word

work = Blueprint("work", __name__, url_prefix="/staff/work")
work.before_request(guard)

PAGE = 50
FIRST = 5
_SAID = {
    "take": "taken",
    "give-back": "given back",
    "postpone": "postponed",
    "hand-over": "handed over",
    "close": "closed",
}


def install(app: Flask) -> None:
    """Put the inbox into an application with a staff door, and its words into the templates."""
    words.install(app)
    app.register_blueprint(work)


@work.get("", endpoint="listed")
@open_to(Duty.SERVICE, Duty.SALES)
def show_inbox() -> ResponseReturnValue:
    """What waits, a page at a time."""
    return _listed()


@work.post("")
@open_to(Duty.SERVICE, Duty.SALES)
def act_on_several() -> ResponseReturnValue:
    """Do one thing with all that are ticked."""
    ids = [row_id(text) for text in request.form.getlist("work")]
    if not any(ids):
        return _listed("Nothing was ticked. Tick what you mean, then press the button again.", 400)
    try:
        done = act(ids)
    except Refused as error:
        return _listed(str(error), status_of(error))
    if not done.done:
        return _listed(" ".join(done.refused), 409)
    flash(" ".join([f"{parts.number_of(len(done.done), 'follow-up')} {_SAID[_asked_act()]}.", *done.refused]))
    return redirect(words.inbox_of(words.asked_for(request.form)), 303)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a colleague: what is theirs, what nobody has taken in their inbox, and the first of it."""

    mine: int
    free: int
    first: Sequence[Line]


def first_of_inbox(session: Session) -> Waiting:
    """What the page of today says of the inbox."""
    me, today, mine = parts.author(), words.today(), Wanted(owner=ME)
    free = Wanted(team=words.own_team(), owner=NOBODY)
    lines = [line for wanted in (mine, free) for line in inbox(session, wanted, me, today, limit=FIRST)]
    return Waiting(how_many(session, mine, me, today), how_many(session, free, me, today), lines[:FIRST])


def act(ids: list[int]) -> Done:
    """What the button pressed says, on these. Raises Refused for a form that cannot be obeyed."""
    db, who, now = house().db, parts.author(), parts.now()
    match _asked_act():
        case "take":
            return take(db, ids, who, now, instead_of=word(request.form, "instead_of"))
        case "give-back":
            return give_back(db, ids, who, now)
        case "postpone":
            return postpone(db, ids, _day(word(request.form, "until")), _note(), who, now)
        case "hand-over":
            return hand_over(db, ids, words.code(Team, word(request.form, "to")) or Team.NOBODY, _learned(), who, now)
        case "close":
            return close(db, ids, _learned(), who, now)
        case _:
            raise Refused("That is no button of this page.")


def _asked_act() -> str:
    return word(request.form, "act")


def _learned() -> Learned:
    outcome, found = word(request.form, "outcome"), word(request.form, "found")
    return Learned(words.code(Outcome, outcome), words.code(Found, found), _note())


def _note() -> str:
    return request.form.get("note", "")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadTime("Postpone it until which day?", hint="Choose a day.") from error


def _listed(wrong: str = "", status: int = 200) -> ResponseReturnValue:
    asked = request.args if request.method in {"GET", "HEAD"} else request.form
    wanted, after = words.wanted(asked), word(asked, "after")
    me, today = parts.author(), words.today()
    with house().db.read() as session:
        shown = {
            "lines": inbox(session, wanted, me, today, limit=PAGE + 1, after=after),
            "total": how_many(session, wanted, me, today),
            "others": [owner for owner in owners(session) if owner != me],
            "choices": choices(session),
            "views": views(session, somebody().id),
        }
    return render_template(
        "staff/work/inbox.html",
        **_words(wanted, asked_for=words.asked_for(asked)),
        **shown,
        wrong=wrong,
        after=after,
        page=PAGE,
        me=me,
        today=today,
        typed=asked,
    ), status


def _words(wanted: Wanted, asked_for: dict[str, str]) -> dict[str, object]:
    return {
        "wanted": wanted,
        "asked_for": asked_for,
        "at_once": AT_ONCE,
        "most": MOST_COUNTED,
        "teams": {team: name for team, name in words.TEAMS.items() if team is not Team.NOBODY},
        "every_team": words.EVERY_TEAM,
        "states": words.STATES,
        "dues": words.DUES,
        "sorts": words.SORTS,
        "causes": CAUSES,
        "outcomes": TO_CHOOSE,
        "founds": FOUND,
    }
