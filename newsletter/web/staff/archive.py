"""Which topics everybody may read on the web: one switch each."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.archive.opening import close_archive, open_archive
from newsletter.archive.overview import archives
from newsletter.errors import Conflict
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

archive = Blueprint("archive", __name__, url_prefix="/staff/archive")
archive.before_request(guard)


@archive.get("", endpoint="listed")
@open_to(*Duty)
def show_archives() -> ResponseReturnValue:
    """The topics, and what is public of each."""
    return _listed()


@archive.post("/<key>", endpoint="switch")
@open_to(Duty.MARKETER)
def switch(key: str) -> ResponseReturnValue:
    """Make a topic public, or private again."""
    wish = request.form.get("archive", "")
    try:
        if wish == "open":
            titles = open_archive(house().db, key, parts.author(), parts.now())
            flash(f"It is public now, with {parts.number_of(len(titles), 'bulletin')} that went out before.")
        elif wish == "close":
            close_archive(house().db, key, parts.author(), parts.now())
            flash("It is private now.")
        else:
            return _listed(wrong="No button was pressed, so nothing was changed."), 400
    except Conflict as error:
        return _listed(wrong=str(error)), 409
    return redirect(url_for("archive.listed"), 303)


def _listed(wrong: str = "") -> str:
    with house().db.read() as session:
        found = archives(session)
    return render_template("staff/archive.html", archives=found, wrong=wrong, links=house().links)
