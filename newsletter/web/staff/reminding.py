"""Where the machines of a safety bulletin stand, whom to call, and stopping its reminders."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.bulletin.source import read_source
from newsletter.checkin.remind import stop_reminding
from newsletter.errors import Conflict
from newsletter.report.reminded import where_machines_stand
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

reminding = Blueprint("reminding", __name__, url_prefix="/staff/bulletins")
reminding.before_request(guard)

LISTED = 200


@reminding.get("/<number>/done", endpoint="machines")
@open_to(*Duty)
def show_machines(number: str) -> ResponseReturnValue:
    """The machines that are done and those that are open, with whom we told."""
    return _shown(number)


@reminding.post("/<number>/done/stop")
@open_to(Duty.MARKETER, Duty.SERVICE)
def stop(number: str) -> ResponseReturnValue:
    """Send no more reminders of one run."""
    try:
        stop_reminding(house().db, parts.id_from(request.form.get("run")), parts.author(), parts.now())
    except Conflict as error:
        return _shown(number, conflict=str(error)), 409
    flash("No more reminders of it go out.")
    return redirect(url_for("reminding.machines", number=number), 303)


def _shown(number: str, *, conflict: str = "") -> str:
    with house().db.read() as session:
        version = parts.version_of(session, number)
        standing = where_machines_stand(session, version.bulletin_id, number, LISTED)
    return render_template(
        "staff/bulletins/done.html",
        number=number,
        title=version.title,
        remind=read_source(version.source).remind,
        standing=standing,
        listed=LISTED,
        conflict=conflict,
    )
