"""What the forms for pictures and for files have in common."""

from http import HTTPStatus

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.bulletin.attaching import MOST
from newsletter.enclosure import file_name, what_it_is
from newsletter.enclosure.keep_file import files
from newsletter.enclosure.keep_picture import LONGEST_ALT, pictures
from newsletter.errors import NewsletterError
from newsletter.message.picture import SCHEME, read_name
from newsletter.web.house import house

PAGE = 48
_MOST_OCTETS = 2 * what_it_is.LARGEST
_MILLION = 1_000_000


def take_files() -> None:
    """Runs before the guard, which is the first to read the form; strangers' files are never read.

    A request may be larger than a file: what is a little too large is refused in our words.
    """
    request.max_content_length = _MOST_OCTETS


def wants_json() -> bool:
    """Whether an editor asks and not a form."""
    return request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"


def problem(error: NewsletterError, code: int) -> ResponseReturnValue:
    """What is wrong, for an editor (RFC 9457)."""
    told = {"title": HTTPStatus(code).phrase, "status": code, "detail": str(error)}
    return jsonify(told), code, {"Content-Type": "application/problem+json"}


def markdown_of(name: str, alt: str) -> str:
    """What shows a picture in a text."""
    words = alt.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("{{", '{{ "{{" }}')
    return f"![{words}]({SCHEME}{name})"


def pictures_page(*, wrong: str = "", wrong_file: str = "", status: int = 200, alt: str = "") -> ResponseReturnValue:
    """Both forms, and what is there."""
    said = request.args.get("skip", "0")
    skip = int(said) if said.isascii() and said.isdigit() and len(said) < 7 else 0
    with house().db.read() as session:
        found, there = pictures(session, limit=PAGE + 1, skip=skip), files(session)
    page = render_template(
        "staff/pictures.html",
        listed=[(one, read_name(one.name), markdown_of(one.name, one.alt)) for one in found[:PAGE]],
        older=skip + PAGE if len(found) > PAGE else 0,
        skip=skip,
        files=there,
        wrong=wrong,
        wrong_file=wrong_file,
        alt=alt,
        largest=what_it_is.LARGEST // _MILLION,
        largest_file=file_name.LARGEST // _MILLION,
        together=file_name.LARGEST_TOGETHER // _MILLION,
        kinds=[f".{ending}" for ending in file_name.KINDS],
        most=MOST,
        longest=LONGEST_ALT,
    )
    return page, status
