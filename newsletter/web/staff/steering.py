"""Steering a run: pause it, let it go on, cancel it, and decide about copies in doubt."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.ledger import control
from newsletter.ledger.progress import progress
from newsletter.report.runs import run_head
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.run_page import OVER, run_page

steering = Blueprint("steering", __name__, url_prefix=parts.RUN)
steering.before_request(guard)

_Act = Callable[[Database, int, str, datetime], object]


@steering.post("/pause")
@open_to(Duty.MARKETER)
def pause(run_id: int) -> ResponseReturnValue:
    """Stop for now."""
    return _done(run_id, control.pause, "Paused. What an engine has in hand still goes out.")


@steering.post("/resume")
@open_to(Duty.MARKETER)
def resume(run_id: int) -> ResponseReturnValue:
    """Go on."""
    return _done(run_id, control.resume, "It goes on with the rest.")


@steering.get("/cancel")
@open_to(Duty.MARKETER)
def ask_to_cancel(run_id: int) -> ResponseReturnValue:
    """Ask before anything is cancelled."""
    with house().db.read() as session:
        head, seen = run_head(session, run_id), progress(session, run_id, parts.now())
    return render_template("staff/bulletins/cancel.html", head=head, seen=seen, is_over=head.state in OVER)


@steering.post("/cancel")
@open_to(Duty.MARKETER)
def cancel(run_id: int) -> ResponseReturnValue:
    """Never send the rest."""
    return _done(run_id, control.cancel, "Cancelled. What had not left is not sent.")


@steering.post("/resend")
@open_to(Duty.MARKETER)
def resend(run_id: int) -> ResponseReturnValue:
    """Send the copies in doubt once more."""
    return _done(run_id, _resend, "The copies in doubt are sent once more.")


def _resend(db: Database, run_id: int, author: str, now: datetime) -> None:
    if not control.resend_in_doubt(db, run_id, author, now):
        raise Conflict("No copy of this run is in doubt any more.", hint="Nothing was changed.")


def _done(run_id: int, act: _Act, said: str) -> ResponseReturnValue:
    try:
        act(house().db, run_id, parts.author(), parts.now())
    except Conflict as error:
        return run_page(run_id, conflict=str(error), status=409)
    flash(said)
    return redirect(url_for("watching.run", run_id=run_id), 303)
