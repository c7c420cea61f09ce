"""Pictures for bulletins: uploading them, taking their names, deleting what nothing uses."""

from contextlib import closing
from http import HTTPStatus

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from newsletter.bulletin.pictures import discard_picture
from newsletter.enclosure.keep_picture import Kept, keep_picture
from newsletter.enclosure.what_it_is import LARGEST
from newsletter.errors import BadFile, NewsletterError, Refused
from newsletter.message.picture import read_name
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.upload import markdown_of, pictures_page, problem, take_files, wants_json

pictures = Blueprint("pictures", __name__, url_prefix="/staff/pictures")
pictures.before_request(take_files)
pictures.before_request(guard)


@pictures.get("", endpoint="listed")
@open_to(Duty.MARKETER)
def show_list() -> ResponseReturnValue:
    """The forms, and what is there, newest first."""
    return pictures_page()


@pictures.post("")
@open_to(Duty.MARKETER)
def upload() -> ResponseReturnValue:
    """Keep a picture. Who asks for JSON gets its name and the Markdown that shows it."""
    file, alt = request.files.get("file"), request.form.get("alt", "")
    try:
        if file is None:
            raise BadFile("There is no file.", hint="Choose a picture.")
        with closing(file.stream):
            octets = file.stream.read(LARGEST + 1)
        one = keep_picture(house().db, octets, alt, author=parts.author(), now=parts.now())
    except NewsletterError as error:
        return _refused(error, alt)
    if wants_json():
        return jsonify(_told(one)), HTTPStatus.OK if one.was_there else HTTPStatus.CREATED
    flash(f"It is kept as {one.name}{' already' if one.was_there else ''}.")
    return redirect(url_for("pictures.listed", _anchor=f"p-{one.name}"), 303)


@pictures.post("/<name>/delete", endpoint="delete")
@open_to(Duty.MARKETER)
def delete(name: str) -> ResponseReturnValue:
    """Delete one that nothing uses."""
    try:
        discard_picture(house().db, name if read_name(name) else "", parts.author(), parts.now())
    except Refused as error:
        return _refused(error, "")
    flash("It is deleted.")
    return redirect(url_for("pictures.listed"), 303)


@pictures.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    error = BadFile(f"The file has more than {LARGEST // 1_000_000} MB.", hint="Make the picture smaller.")
    return _refused(error, "", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _told(one: Kept) -> dict[str, object]:
    read = read_name(one.name)
    assert read is not None  # noqa: S101 - it was just given
    return {
        "name": one.name,
        "alt": one.alt,
        "markdown": markdown_of(one.name, one.alt),
        "url": f"{house().links.pictures}{one.name}",
        "width": read.width,
        "height": read.height,
        "octets": one.octets,
        "was_there": one.was_there,
    }


def _refused(error: NewsletterError, alt: str, status: HTTPStatus | None = None) -> ResponseReturnValue:
    code = int(status or status_of(error))
    return problem(error, code) if wants_json() else pictures_page(wrong=str(error), status=code, alt=alt)
