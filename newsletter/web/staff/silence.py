"""Accounts we have not heard from, whom we could ask there, and the way to asking them."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.checkin.rule import rule_in_force
from newsletter.report.call_list import as_calls
from newsletter.report.narrowing import NOT_SET, choices
from newsletter.report.silence import COUNTED, all_silent, how_many, silent
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import lists
from newsletter.web.staff.guard import guard, open_to

silence = Blueprint("silence", __name__, url_prefix="/staff/silence")
silence.before_request(guard)

USUAL = 18


@silence.get("", endpoint="listed")
@open_to(*Duty)
def show_silence() -> ResponseReturnValue:
    """A page of them."""
    wanted, now, after = lists.narrowing(request.args), parts.now(), lists.word(request.args, "after")
    months = lists.months(request.args, USUAL)
    with house().db.read() as session:
        found = silent(session, months, wanted, now, limit=lists.PAGE + 1, after=after)
        is_all = not after and len(found) <= lists.PAGE
        shown = {
            "found": found,
            "total": len(found) if is_all else how_many(session, months, wanted, now),
            "choices": choices(session),
            "rule": rule_in_force(session),
        }
    return render_template(
        "staff/lists/silence.html",
        wanted=wanted,
        asked={"months": months, **lists.asked_for(wanted)},
        after=after,
        page=lists.PAGE,
        counted=COUNTED,
        not_set=NOT_SET,
        longest=lists.LONGEST,
        **shown,
    )


@silence.get("/calls.csv", endpoint="calls")
@open_to(*Duty)
def send_calls() -> ResponseReturnValue:
    """All of them as a call list."""
    wanted, now, months = lists.narrowing(request.args), parts.now(), lists.months(request.args, USUAL)
    return lists.as_file("silence", lambda session: as_calls(all_silent(session, months, wanted, now)))
