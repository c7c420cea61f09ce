"""What the editor sends on its own: the text to keep, and HTML that was pasted."""

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.bulletin.unsaved import at_it_in_words, drop_draft, keep_draft
from newsletter.bulletin.write import find
from newsletter.errors import NewsletterError, NotFound, Refused
from newsletter.message.from_html import markdown_from_html
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import lists
from newsletter.web.staff.bulletin_form import typed
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.long_forms import take_long_forms
from newsletter.web.staff.show import zone

editor_drafts = Blueprint("editor_drafts", __name__, url_prefix="/staff/editor")
editor_drafts.before_request(take_long_forms)
editor_drafts.before_request(guard)


@editor_drafts.post("/draft")
@open_to(Duty.MARKETER)
def keep() -> ResponseReturnValue:
    """Keep what stands in the form, which need not be a bulletin yet; who else is at it."""
    form, now = typed(request.form), parts.now()
    try:
        number = _number()
        others = keep_draft(house().db, parts.author(), number, form.text, seen=form.seen, now=now)
    except (Refused, NotFound) as error:
        return _problem(error)
    return jsonify(kept=f"{now.astimezone(zone()):%H:%M}", others=at_it_in_words(others))


@editor_drafts.post("/draft/drop")
@open_to(Duty.MARKETER)
def drop() -> ResponseReturnValue:
    """Forget what was not saved."""
    number = _number()
    drop_draft(house().db, parts.author(), number)
    flash("What you had not saved is dropped.")
    return redirect(url_for("writing.edit", number=number) if number else url_for("writing.new"), 303)


@editor_drafts.post("/paste")
@open_to(Duty.MARKETER)
def paste() -> ResponseReturnValue:
    """Pasted HTML as Markdown."""
    try:
        return jsonify(markdown=markdown_from_html(request.form.get("html", "")))
    except Refused as error:
        return _problem(error)


def _number() -> str:
    """The bulletin a draft is of; empty for a new one. Raises NotFound."""
    number = lists.word(request.form, "draft_of")
    with house().db.read() as session:
        if number and find(session, number) is None:
            raise NotFound("There is no such bulletin.")
    return number


def _problem(error: NewsletterError) -> ResponseReturnValue:
    return jsonify(problem=str(error)), int(status_of(error))
