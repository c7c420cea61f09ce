"""The letters that are no bulletin and did not simply arrive."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from newsletter.report.letters import WORDS, troubled_letters
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff.guard import guard, open_to

letters = Blueprint("letters", __name__, url_prefix="/staff/letters")
letters.before_request(guard)


@letters.get("")
@open_to(*Duty)
def troubled() -> ResponseReturnValue:
    """What waits, was refused, or is in doubt, with the server's words."""
    with house().db.read() as session:
        return render_template("staff/letters.html", letters=troubled_letters(session, house().clock()), words=WORDS)
