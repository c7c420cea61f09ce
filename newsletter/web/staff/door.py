"""Putting the staff door into an application: the sign-in library's settings, the limits, the pages."""

from datetime import timedelta
from http import HTTPStatus

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_security import Security
from flask_wtf.csrf import CSRFError

from newsletter.web import errors
from newsletter.web.house import house
from newsletter.web.staff import bulletins, bursts, check_ins, lists, questions, record, reports, segments, show, work
from newsletter.web.staff.blocks import blocks
from newsletter.web.staff.calendar import months
from newsletter.web.staff.claims import claims
from newsletter.web.staff.colleague import Colleagues
from newsletter.web.staff.coverage import covered
from newsletter.web.staff.guard import csrf
from newsletter.web.staff.letters import letters
from newsletter.web.staff.newsletter_import import newsletter_import
from newsletter.web.staff.noting import noting
from newsletter.web.staff.pages import staff
from newsletter.web.staff.password import SHORTEST, Passwords
from newsletter.web.staff.reaching import reaching
from newsletter.web.staff.series_pages import series
from newsletter.web.staff.silence import silence
from newsletter.web.staff.themes import themes
from newsletter.web.staff.tries import limit_sign_in
from newsletter.web.staff.way_in import way_in
from newsletter.web.staff.work_desk import work_desk
from newsletter.web.staff.work_one import work_one
from newsletter.web.staff.work_rules import work_rules

IDLE = timedelta(hours=12)


def install(app: Flask) -> None:
    """Open the staff door of an application that has moved in."""
    with app.app_context():
        is_https = house().config.public_url.startswith("https:")
    app.config.update(
        SESSION_COOKIE_NAME="newsletter_staff",
        SESSION_COOKIE_PATH="/staff",  # customers and other systems never get or send it
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=IDLE,
        SESSION_PROTECTION=None,  # a browser that updates itself is still the same colleague's
        WTF_CSRF_CHECK_DEFAULT=False,  # one-click and answers are POSTs without a cookie; our guard asks for the token
        WTF_CSRF_TIME_LIMIT=None,  # a bulletin may take all afternoon to write; the token ends with the sign-in
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, and we tell browsers to send none
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_PASSWORD_LENGTH_MIN=SHORTEST,
        SECURITY_PASSWORD_COMPLEXITY_CHECKER="zxcvbn",  # noqa: S106 - the name of a library
        SECURITY_MSG_PASSWORD_INVALID_LENGTH=("Too short: use %(length)s characters or more.", "error"),
        SECURITY_MSG_PASSWORD_TOO_SIMPLE=("Too easy to guess: a few unrelated words are better.", "error"),
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
    )
    csrf.init_app(app)
    security = Security(app, Colleagues(), register_blueprint=False, password_util_cls=Passwords)
    # The library would also take a signed token from the address line; we never make one.
    security.login_manager.request_loader(lambda _request: None)
    show.install(app)
    lists.install(app)
    record.install(app)
    app.register_blueprint(way_in)
    app.register_blueprint(themes)
    app.register_blueprint(newsletter_import)
    app.register_blueprint(blocks)
    app.register_blueprint(staff)
    app.register_blueprint(claims)
    app.register_blueprint(noting)
    app.register_blueprint(reaching)
    app.register_blueprint(letters)
    app.register_blueprint(silence)
    app.register_blueprint(covered)
    bulletins.install(app)
    check_ins.install(app)
    bursts.install(app)
    questions.install(app)
    reports.install(app)
    segments.install(app)
    work.install(app)
    for pages in (months, series, work_one, work_rules, work_desk):
        app.register_blueprint(pages)
    app.register_error_handler(CSRFError, _stale_page)
    limit_sign_in(app)


def _stale_page(_error: CSRFError) -> ResponseReturnValue:
    hint = "Go back, reload the page and send it again. It needs cookies, and you must be signed in still."
    return errors.answer(HTTPStatus.BAD_REQUEST, "This page was open for too long.", hint)
