"""Bringing serial numbers or account numbers in a file."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import BadFile, Refused
from newsletter.segment.listing import LARGEST, MOST_VALUES, keep_list
from newsletter.segment.table import Listed
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.lists import word

segment_lists = Blueprint("segment_lists", __name__, url_prefix="/staff/segments/lists")
segment_lists.before_request(guard)

_TOLD = 100  # unknown values by name


@segment_lists.get("", endpoint="upload")
@open_to(Duty.MARKETER)
def show_form() -> ResponseReturnValue:
    """The form for a file."""
    return _page()


@segment_lists.post("")
@open_to(Duty.MARKETER)
def keep() -> ResponseReturnValue:
    """Keep what the file holds, and say what of it is not on record."""
    file, kind = request.files.get("file"), word(request.form, "kind")
    try:
        if file is None or kind not in set(Listed):
            raise BadFile("There is no file.", hint="Choose a CSV file and say what it holds.")
        key, name, octets = word(request.form, "key"), word(request.form, "name"), file.stream.read(LARGEST + 1)
        brought = keep_list(house().db, key, name, Listed(kind), octets, author=parts.author(), now=parts.now())
    except Refused as error:
        return _page(str(error), status_of(error))
    said = f"“{name}” is kept with {parts.number_of(brought.values, 'value')}."
    if not brought.unknown:
        flash(f"{said} All of them are on record.")
        return redirect(url_for("segments.listed"), 303)
    return render_template("staff/segments/brought.html", said=said, unknown=brought.unknown, most=_TOLD)


def _page(wrong: str = "", status: int = 200) -> ResponseReturnValue:
    return render_template(
        "staff/segments/upload.html", wrong=wrong, largest=LARGEST // 1_000_000, most=MOST_VALUES, typed=request.form
    ), status
