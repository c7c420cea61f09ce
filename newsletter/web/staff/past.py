"""What was saved of a bulletin: by whom and when, what changed between any two, and taking one up again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.difference import Row, difference
from newsletter.bulletin.past import count_saves, save_of, saves, stamp
from newsletter.bulletin.saved_text import SavedText
from newsletter.errors import Refused
from newsletter.ledger.saving import save
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

past = Blueprint("past", __name__, url_prefix="/staff/bulletins")
past.before_request(guard)


@past.get("/<number>/history", endpoint="history")
@open_to(*Duty)
def show(number: str) -> ResponseReturnValue:
    """Every saved text, newest first, and the difference between two of them."""
    return _page(number)


@past.post("/<number>/history")
@open_to(Duty.MARKETER)
def take_up(number: str) -> ResponseReturnValue:
    """Save an old text once more: it becomes the newest, and what it replaces stays in the list."""
    with house().db.read() as session:
        version = parts.version_of(session, number)
        old = save_of(session, version.bulletin_id, parts.id_from(request.form.get("saved")))
    seen = request.form.get("seen", "")
    try:
        save(parts.desk(), old.source, seen=seen, author=parts.author(), now=parts.now())
    except Refused as error:
        return _page(number, wrong=str(error), status=int(status_of(error)))
    flash(f"{number} is again as {old.author} saved it.")
    return redirect(url_for("past.history", number=number), 303)


def _page(number: str, *, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    with house().db.read() as session:
        version = parts.version_of(session, number)
        saved = saves(session, version.bulletin_id)
        older, newer = _two(session, version, saved)
        count = count_saves(session, version.bulletin_id)
    rows: list[Row] = difference(older.source, newer.source) if older and newer else []
    return render_template(
        "staff/bulletins/history.html",
        number=number,
        version=version,
        seen=stamp(version),
        saved=saved,
        count=count,
        older=older,
        newer=newer,
        rows=rows,
        wrong=wrong,
    ), status


def _two(session: Session, version: Version, saved: list[SavedText]) -> tuple[SavedText | None, SavedText | None]:
    """The two that the address asks for, in the order of their time; else the newest and the one before it."""
    asked = [parts.id_from(request.args.get(name)) for name in ("from", "to")]
    if all(asked):
        first, second = sorted(asked)
        return save_of(session, version.bulletin_id, first), save_of(session, version.bulletin_id, second)
    newest = [*saved[:2], None, None]
    return newest[1], newest[0]
