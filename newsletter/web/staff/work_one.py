"""One follow-up: why it is there, whom to call, and what came of it."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import Refused
from newsletter.followup.act import LONGEST_NOTE
from newsletter.followup.inbox import ME, Wanted, next_after
from newsletter.followup.outcomes import FOUND, TO_CHOOSE
from newsletter.followup.rules import Team
from newsletter.report.follow_up import follow_up
from newsletter.report.wording import ABOUT, MEANS
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import work_words as words
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.lists import word
from newsletter.web.staff.work import act

work_one = Blueprint("work_one", __name__, url_prefix=f"/staff/work/<int(max={parts.LARGEST_ID}):work_id>")
work_one.before_request(guard)

_SAID = {
    "take": "It is yours.",
    "give-back": "Given back. Others can take it.",
    "postpone": "Postponed.",
    "hand-over": "Handed over. It lies in their inbox now.",
    "close": "Closed, and on the account's record.",
}


@work_one.get("", endpoint="work")
@open_to(Duty.SERVICE, Duty.SALES)
def show_work(work_id: int) -> ResponseReturnValue:
    """Everything a colleague needs for the call, and the form for what came of it."""
    return _shown(work_id)


@work_one.post("")
@open_to(Duty.SERVICE, Duty.SALES)
def act_on_one(work_id: int) -> ResponseReturnValue:
    """Take it, give it back, postpone it, hand it over, or close it."""
    try:
        done = act([work_id])
    except Refused as error:
        return _shown(work_id, str(error), status_of(error))
    if done.refused:
        return _shown(work_id, " ".join(done.refused), 409)
    flash(_SAID[word(request.form, "act")])
    return redirect(url_for("work_one.work", work_id=work_id), 303)


def _shown(work_id: int, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    me, today = parts.author(), words.today()
    with house().db.read() as session:
        shown = follow_up(session, work_id, parts.now(), ZoneInfo(house().config.zone))
        team = Team(shown.work.team)
        following = next_after(session, Wanted(owner=ME), me, today, but=work_id)
        following = following or next_after(
            session, Wanted(team=words.own_team(), owner="nobody"), me, today, but=work_id
        )
    return render_template(
        "staff/work/one.html",
        shown=shown,
        work=shown.work,
        other_team=Team.SALES if team is Team.SERVICE else Team.SERVICE,
        following=following,
        wrong=wrong,
        typed=request.form,
        me=me,
        today=today,
        outcomes=TO_CHOOSE,
        founds=FOUND,
        about=ABOUT,
        means=MEANS,
        longest=LONGEST_NOTE,
    ), status
