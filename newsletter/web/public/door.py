"""Putting the public door into an application, and what it says when it cannot open."""

import logging
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from newsletter.errors import BadToken, NewsletterError, NotFound
from newsletter.language import sentence
from newsletter.web.errors import status_of
from newsletter.web.public import (
    address,
    answer_by_mail,
    archive,
    by_address,
    check_in,
    done,
    feeds,
    guessing,
    leave,
    mine,
    page,
    picture,
    preferences,
    right_person,
    running,
    subscribe,
    trap,
    undo,
    view,
    watch,
)
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import UNREADABLE

PAGES = (
    leave,
    answer_by_mail,
    done,
    running,
    trap,
    archive,
    feeds,
    view,
    check_in,
    preferences,
    undo,
    subscribe,
    by_address,
    address,
    mine,
    right_person,
    picture,
)
"""Importing them puts their routes on the blueprint."""

TOO_MUCH = sentence("That was more than we can take in at once.")

_log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Open the public door of an application that has moved in."""
    page.install(app)
    watch.install(app)
    guessing.install(app)
    app.register_blueprint(public)


@public.errorhandler(NewsletterError)
def _refused(error: NewsletterError) -> Response:
    """An unknown link, a cut one and one of somebody we forgot get the same answer: it reveals nothing."""
    status = status_of(error)
    if isinstance(error, BadToken) and (seconds := guessing.seconds_to_wait()):
        answer = _sorry(HTTPStatus.TOO_MANY_REQUESTS, guessing.TOO_MANY_GUESSES, helps=True)
        answer.retry_after = seconds
        return answer
    if isinstance(error, BadToken | NotFound):
        return _sorry(status, "")
    return _sorry(status, leave.AWAY if status >= HTTPStatus.INTERNAL_SERVER_ERROR else error.message)


@public.errorhandler(HTTPException)
def _unreadable(error: HTTPException) -> Response:
    too_much = isinstance(error, RequestEntityTooLarge)
    return _sorry(HTTPStatus(error.code or 400), TOO_MUCH if too_much else UNREADABLE)


@public.errorhandler(Exception)
def _broken(error: Exception) -> Response:
    """Flask's own log line would hold the path, and the path holds the token."""
    _log.error("The public page %s failed.", request.endpoint, exc_info=error)
    return _sorry(HTTPStatus.INTERNAL_SERVER_ERROR, leave.AWAY)


def _sorry(status: HTTPStatus, message: str, *, helps: bool = False) -> Response:
    """`message` instead of "leads nowhere"; `helps` shows the ways out by address all the same."""
    return page.page("sorry.html", page.language(), status, message=message, helps=helps or not message)


@public.after_request
def _keep_out_of_search(response: Response) -> Response:
    response.headers.setdefault("X-Robots-Tag", "noindex")
    return response
