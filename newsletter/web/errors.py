"""Which error becomes which answer: the only page that knows HTTP codes for our errors."""

import logging
from http import HTTPStatus

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException

from newsletter.errors import BadToken, Conflict, NewsletterError, NotFound, Refused, Unavailable

Answer = tuple[str | dict[str, object], int, dict[str, str]]

_log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[NewsletterError], HTTPStatus], ...] = (
    (BadToken, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (Refused, HTTPStatus.BAD_REQUEST),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)


def status_of(error: NewsletterError) -> HTTPStatus:
    """The HTTP status of one of our errors."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def install(app: Flask) -> None:
    """Answer every error of an application with a page (or, below /api/, problem+json) that says what to do."""
    app.register_error_handler(NewsletterError, lambda error: answer(status_of(error), error.message, error.hint))
    app.register_error_handler(Unavailable, _away)
    app.register_error_handler(HTTPException, _http)


def answer(status: HTTPStatus, message: str, hint: str = "") -> Answer:
    """The body, code and headers for an error: RFC 9457 for machines, a page for people."""
    if request.path.startswith("/api/"):
        problem: dict[str, object] = {
            "title": status.phrase,
            "status": int(status),
            "detail": f"{message} {hint}".strip(),
        }
        return problem, int(status), {"Content-Type": "application/problem+json"}
    # Not by render_template: that looks up who is signed in, and the records may be what is away.
    template = current_app.jinja_env.get_template("errors/error.html")
    return template.render(status=status, message=message, hint=hint), int(status), {}


def _away(error: Unavailable) -> Answer:
    # The driver's words name hosts and files: they are for the log, not for the reader.
    _log.error("%s", error)
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, "Our records cannot be reached just now.", "Try again in a moment.")


def _http(error: HTTPException) -> Answer:
    status = HTTPStatus(error.code or 500)
    body, code, headers = answer(status, status.phrase + ".", error.description or "")
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
    return body, code, headers
