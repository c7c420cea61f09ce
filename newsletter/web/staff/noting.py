"""Noting that somebody asked us to stop: off the list first, then what they said."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import BadAnswer, Unavailable
from newsletter.links import OptOutLink
from newsletter.optout.answer import Why, answer
from newsletter.optout.noting import EVERYTHING, Caller, caller, note_leaving
from newsletter.question.reasons import Reason
from newsletter.question.text import LONGEST_TEXT
from newsletter.question.wording import REASONS
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

noting = Blueprint("noting", __name__, url_prefix=f"/staff/people/<int(max={parts.LARGEST_ID}):person_id>/stop")
noting.before_request(guard)

_UNCHOSEN = "Choose what they want to get no more."
_NO_REASON = "That is none of the reasons."


@noting.get("")
@open_to(*Duty)
def ask(person_id: int) -> ResponseReturnValue:
    """Which topic, and what they said."""
    return _form(_caller(person_id), {})


@noting.post("")
@open_to(*Duty)
def stop(person_id: int) -> ResponseReturnValue:
    """Take them off, then keep what they said."""
    who, form = _caller(person_id), request.form
    chosen, reason = form.get("topic", ""), form.get("reason", "")
    if chosen not in {str(EVERYTHING), *(str(topic_id) for topic_id, _ in who.topics)}:
        return _form(who, form, _UNCHOSEN)
    if reason and reason not in set(Reason):
        return _form(who, form, _NO_REASON)
    left = note_leaving(house().db, person_id, int(chosen), parts.author(), parts.now())
    if left.is_new:
        flash(f"Noted: {who.name} is off the list. {_keep(who, int(chosen), form)}".strip())
    else:
        flash(f"{who.name} was off that list already; nothing was changed.")
    return redirect(_home(who), 303)


def _keep(who: Caller, topic_id: int, form: Mapping[str, str]) -> str:
    """Keep what they said, if anything; what the colleague must know where that did not work."""
    reason, words = form.get("reason") or (Reason.OTHER if form.get("words", "").strip() else ""), form.get("words", "")
    if not reason:
        return ""
    link = OptOutLink(who.person_id, topic_id, 0)
    try:
        answer(house().db, link, Why(Reason(reason), words.strip()), parts.now(), language="en")
    except (BadAnswer, Unavailable):
        return "What they said could not be kept; write it down elsewhere."
    return ""


def _caller(person_id: int) -> Caller:
    with house().db.read() as session:
        return caller(session, person_id)


def _form(who: Caller, typed: Mapping[str, str], wrong: str = "") -> ResponseReturnValue:
    shown = render_template(
        "staff/stop.html",
        who=who,
        typed=typed,
        wrong=wrong,
        reasons=REASONS,
        everything=EVERYTHING,
        longest=LONGEST_TEXT,
        home=_home(who),
    )
    return shown, 400 if wrong else 200


def _home(who: Caller) -> str:
    if who.account_number:
        return url_for("staff.account", number=who.account_number)
    return url_for("staff.leaving")
