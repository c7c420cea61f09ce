"""A colleague's own desk: views under a name, and the mail that tells what waits."""

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import Refused
from newsletter.followup.desk import Every, WorkDigest
from newsletter.followup.own_desk import LONGEST_NAME, digest_of, forget_view, save_view, set_digest, views
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import work_words as words
from newsletter.web.staff.colleague import somebody
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.lists import row_id, word

work_desk = Blueprint("work_desk", __name__, url_prefix="/staff/work/mine")
work_desk.before_request(guard)

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY = {Every.NEVER: "Never", Every.DAY: "Every day from Monday to Friday", Every.WEEK: "Once a week"}


@work_desk.get("", endpoint="mine")
@open_to(Duty.SERVICE, Duty.SALES)
def show_desk(wrong: str = "", status: int = 200) -> ResponseReturnValue:
    """The views, and when the mail comes."""
    with house().db.read() as session:
        digest, saved = digest_of(session, somebody().id), views(session, somebody().id)
    return render_template(
        "staff/work/mine.html",
        digest=digest,
        views=saved,
        days=DAYS,
        every=EVERY,
        wrong=wrong,
        zone=house().config.zone,
        me=parts.author(),
        longest=LONGEST_NAME,
    ), status


@work_desk.post("")
@open_to(Duty.SERVICE, Duty.SALES)
def change_digest() -> ResponseReturnValue:
    """Set when the mail comes."""
    form, number = request.form, {name: word(request.form, name) for name in ("hour", "weekday")}
    chosen = {
        name: int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1 for name, text in number.items()
    }
    setting = WorkDigest(user_id=somebody().id, every=word(form, "every"), due_at=None, **chosen)
    try:
        set_digest(house().db, setting, house().config.zone, parts.now())
    except Refused as error:
        return show_desk(str(error), status_of(error))
    flash("Saved. No mail will come." if setting.every == Every.NEVER else "Saved. Where nothing waits, no mail comes.")
    return redirect(url_for("work_desk.mine"), 303)


@work_desk.post("/views")
@open_to(Duty.SERVICE, Duty.SALES)
def keep_view() -> ResponseReturnValue:
    """Keep what is looked at under a name."""
    asked = words.asked_for(request.form)
    try:
        save_view(house().db, somebody().id, word(request.form, "name"), urlencode(asked))
    except Refused as error:
        return show_desk(str(error), status_of(error))
    flash("Kept. It stands above the list.")
    return redirect(words.inbox_of(asked), 303)


@work_desk.post("/views/forget")
@open_to(Duty.SERVICE, Duty.SALES)
def drop_view() -> ResponseReturnValue:
    """Forget a view."""
    forget_view(house().db, somebody().id, row_id(word(request.form, "view")))
    flash("Forgotten.")
    return redirect(url_for("work_desk.mine"), 303)
