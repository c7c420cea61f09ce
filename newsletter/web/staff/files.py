"""Files that go with bulletins: uploading them, looking at them, deleting what nothing uses."""

from contextlib import closing
from http import HTTPStatus

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from newsletter.bulletin.files import discard_file
from newsletter.enclosure.file_name import LARGEST
from newsletter.enclosure.keep_file import file_of, keep_file
from newsletter.errors import BadFile, NewsletterError, Refused
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.upload import pictures_page, problem, take_files, wants_json

files = Blueprint("files", __name__, url_prefix="/staff/files")
files.before_request(take_files)
files.before_request(guard)


@files.post("")
@open_to(Duty.MARKETER)
def upload() -> ResponseReturnValue:
    """Keep a file. Who asks for JSON gets its name, to be put after `attach:`."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise BadFile("There is no file.", hint="Choose one.")
        with closing(file.stream):
            octets = file.stream.read(LARGEST + 1)
        name = keep_file(house().db, octets, file.filename, author=parts.author(), now=parts.now())
    except NewsletterError as error:
        return _refused(error)
    if wants_json():
        return jsonify({"name": name, "octets": len(octets)}), HTTPStatus.CREATED
    flash(f"It is kept. Write “attach: {name}” into the head of a bulletin.")
    return redirect(url_for("pictures.listed", _anchor="files"), 303)


@files.get("/<name>", endpoint="file")
@open_to(*Duty)
def look_at(name: str) -> ResponseReturnValue:
    """The file itself, to be saved and never shown in our pages."""
    with house().db.read() as session:
        file = file_of(session, name if name.isprintable() else "")
        answer = Response(file.content, content_type=file.kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@files.post("/<name>/delete", endpoint="delete")
@open_to(Duty.MARKETER)
def delete(name: str) -> ResponseReturnValue:
    """Delete one that nothing uses."""
    try:
        discard_file(house().db, name if name.isprintable() else "", parts.author(), parts.now())
    except Refused as error:
        return _refused(error)
    flash(f"{name} is deleted.")
    return redirect(url_for("pictures.listed", _anchor="files"), 303)


@files.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    error = BadFile(f"The file has more than {LARGEST // 1_000_000} MB.", hint="Put it on a page and link to it.")
    return _refused(error, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _refused(error: NewsletterError, status: HTTPStatus | None = None) -> ResponseReturnValue:
    code = int(status or status_of(error))
    return problem(error, code) if wants_json() else pictures_page(wrong_file=str(error), status=code)
