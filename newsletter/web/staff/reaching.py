"""Writing again to somebody whose mails came back, because a colleague knows that the address works."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.audience.reach_again import reach_again
from newsletter.errors import Conflict
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

reaching = Blueprint("reaching", __name__, url_prefix=f"/staff/people/<int(max={parts.LARGEST_ID}):person_id>/reach")
reaching.before_request(guard)


@reaching.post("", endpoint="again")
@open_to(Duty.SERVICE, Duty.SALES)
def again(person_id: int) -> ResponseReturnValue:
    """Send to them again, and go back to the account."""
    try:
        name = reach_again(house().db, person_id, author=parts.author(), now=parts.now())
        flash(f"{name} gets our mail again, until one comes back.")
    except Conflict as error:
        flash(str(error))
    return redirect(url_for("staff.account", number=request.form.get("account", "")), 303)
