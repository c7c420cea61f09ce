"""People who say they stand at an account: a colleague who knows the account decides."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.audience.affiliating import settle_claim
from newsletter.errors import Conflict, Refused
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff.colleague import somebody
from newsletter.web.staff.guard import guard, open_to

claims = Blueprint("claims", __name__, url_prefix="/staff/claims")
claims.before_request(guard)


@claims.post("/<int:claim_id>")
@open_to(Duty.SERVICE, Duty.SALES)
def settle(claim_id: int) -> ResponseReturnValue:
    """Believe it, or not, and go back to the account."""
    said = request.form.get("is_right")
    if said not in ("yes", "no"):
        raise Refused("No button was pressed, so nothing was changed.")
    try:
        settle_claim(house().db, claim_id, somebody().email, house().clock(), is_right=said == "yes")
    except Conflict as error:
        flash(error.message)
    return redirect(url_for("staff.account", number=request.form.get("account", "")), 303)
