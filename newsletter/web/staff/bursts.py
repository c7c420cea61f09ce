"""Many who left at once: who, when, why we think that it was not they, and the two buttons."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.burst.decide import let_be as leave_as_is
from newsletter.burst.decide import undo_burst
from newsletter.burst.showing import shown_burst
from newsletter.errors import Refused
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

bursts = Blueprint("bursts", __name__, url_prefix=f"/staff/bursts/<int(max={parts.LARGEST_ID}):burst_id>")
bursts.before_request(guard)


def install(app: Flask) -> None:
    """Open the pages of an application that has moved in."""
    app.register_blueprint(bursts)


@bursts.get("", endpoint="burst")
@open_to(*Duty)
def show_burst(burst_id: int) -> ResponseReturnValue:
    """The burst, with everybody in it."""
    return _shown(burst_id)


@bursts.post("/undo")
@open_to(Duty.MARKETER, Duty.SERVICE)
def undo(burst_id: int) -> ResponseReturnValue:
    """Take the chosen opt-outs back, as one act."""
    chosen = [parts.id_from(text) for text in request.form.getlist("opt_out")]
    why = request.form.get("why", "")
    try:
        count = undo_burst(house().db, burst_id, chosen, who=parts.author(), why=why, now=parts.now())
    except Refused as error:
        return _shown(burst_id, wrong=str(error), chosen=chosen, why=why), 400
    flash(f"{parts.number_of(count, 'opt-out')} undone: they get our mail as before.")
    return redirect(url_for("bursts.burst", burst_id=burst_id), 303)


@bursts.post("/let-be")
@open_to(Duty.MARKETER, Duty.SERVICE)
def let_be(burst_id: int) -> ResponseReturnValue:
    """They meant it."""
    why = request.form.get("why", "")
    try:
        leave_as_is(house().db, burst_id, who=parts.author(), why=why, now=parts.now())
    except Refused as error:
        return _shown(burst_id, wrong=str(error), why=why), 400
    flash("Left as it is: the opt-outs stand.")
    return redirect(url_for("bursts.burst", burst_id=burst_id), 303)


def _shown(burst_id: int, *, wrong: str = "", chosen: list[int] | None = None, why: str = "") -> str:
    with house().db.read() as session:
        burst = shown_burst(session, burst_id)
    if chosen is None:
        chosen = [member.opt_out_id for member in burst.members if not member.shows_a_person]
    return render_template("staff/burst.html", burst=burst, wrong=wrong, chosen=chosen, why=why)
