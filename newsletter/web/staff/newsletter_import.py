"""Bringing a newsletter that exists as HTML along, as a draft to write on."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.bulletin.imported import Imported, decoded, read_newsletter
from newsletter.bulletin.past import NEW
from newsletter.bulletin.unsaved import draft_of, keep_draft
from newsletter.errors import BadBulletin, BadFile, Conflict, Refused
from newsletter.message.html_tree import MOST_INPUT
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.long_forms import LARGEST, take_long_forms

newsletter_import = Blueprint("newsletter_import", __name__, url_prefix="/staff/bulletins/import")
newsletter_import.before_request(take_long_forms)
newsletter_import.before_request(guard)

_NEW_BULLETIN = ""
"""Under this number the editor keeps what is typed for a bulletin that has none yet."""


@newsletter_import.get("", endpoint="upload")
@open_to(Duty.MARKETER)
def show_form() -> ResponseReturnValue:
    """The form for a file, or for HTML itself."""
    return _page()


@newsletter_import.post("")
@open_to(Duty.MARKETER)
def read() -> ResponseReturnValue:
    """Read it, keep the bulletin as the colleague's draft, and say what was left out."""
    try:
        found = read_newsletter(_html())
        _keep(found)
    except Refused as error:
        # Lines of the HTML mean nothing to who chose a file.
        said = f"{error.message} {error.hint}".strip() if isinstance(error, BadBulletin) else str(error)
        return _page(said, status_of(error))
    return render_template("staff/bulletins/imported.html", found=found)


def _html() -> str:
    file, pasted = request.files.get("file"), request.form.get("html", "")
    octets = file.stream.read(LARGEST) if file else b""
    if not octets and not pasted.strip():
        raise BadFile("There is no HTML.", hint="Choose a file, or paste the HTML.")
    return decoded(octets) if octets else pasted


def _keep(found: Imported) -> None:
    me = parts.author()
    with house().db.read() as session:
        former = draft_of(session, me, _NEW_BULLETIN)
    if former is not None and former.text != found.source and "replace" not in request.form:
        raise Conflict(
            "You have text of a new bulletin that is not saved.",
            hint="Save or drop it in the editor first, or tick that this one takes its place.",
        )
    keep_draft(house().db, me, _NEW_BULLETIN, found.source, seen=NEW, now=parts.now())


def _page(wrong: str = "", status: int = 200) -> ResponseReturnValue:
    return render_template(
        "staff/bulletins/import.html",
        wrong=wrong,
        is_taken=status == 409,
        pasted=request.form.get("html", ""),
        largest=MOST_INPUT // 1_000_000,
    ), status
