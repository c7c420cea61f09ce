"""Snippets: pieces of text with a name, to write, change and delete."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.bulletin import snippet as kept
from newsletter.bulletin.snippet import LONGEST_NAME, delete_snippet, save_snippet, snippet_of
from newsletter.errors import Refused
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

snippets = Blueprint("snippets", __name__, url_prefix="/staff/snippets")
snippets.before_request(guard)

_ONE = f"/<int(max={parts.LARGEST_ID}):snippet_id>"


@snippets.get("", endpoint="listed")
@open_to(Duty.MARKETER)
def show_list() -> ResponseReturnValue:
    """All snippets, and a form for another."""
    return _page(None, "", "")


@snippets.post("")
@open_to(Duty.MARKETER)
def add() -> ResponseReturnValue:
    """Write a new one."""
    return _kept(None)


@snippets.get(_ONE, endpoint="snippet")
@open_to(Duty.MARKETER)
def show(snippet_id: int) -> ResponseReturnValue:
    """One of them in the form."""
    with house().db.read() as session:
        snippet = snippet_of(session, snippet_id)
    return _page(snippet_id, snippet.name, snippet.text)


@snippets.post(_ONE)
@open_to(Duty.MARKETER)
def change(snippet_id: int) -> ResponseReturnValue:
    """Change it, or delete it."""
    if request.form.get("do") != "delete":
        return _kept(snippet_id)
    name = delete_snippet(house().db, snippet_id)
    flash(f"“{name}” is deleted. Bulletins that hold it keep it.")
    return redirect(url_for("snippets.listed"), 303)


def _kept(snippet_id: int | None) -> ResponseReturnValue:
    name, text = request.form.get("name", ""), request.form.get("text", "")
    try:
        save_snippet(house().db, snippet_id, name, text, author=parts.author(), now=parts.now())
    except Refused as error:
        return _page(snippet_id, name, text, wrong=str(error), status=int(status_of(error)))
    flash(f"“{' '.join(name.split())}” is saved.")
    return redirect(url_for("snippets.listed"), 303)


def _page(snippet_id: int | None, name: str, text: str, *, wrong: str = "", status: int = 200) -> tuple[str, int]:
    with house().db.read() as session:
        listed = kept.snippets(session)
    return render_template(
        "staff/snippets/list.html",
        listed=listed,
        snippet_id=snippet_id,
        name=name,
        text=text,
        wrong=wrong,
        longest=LONGEST_NAME,
    ), status
