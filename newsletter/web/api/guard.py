"""Which key opens which address. A view that names no scope opens to none."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import current_app, request
from flask.typing import ResponseReturnValue

from newsletter.staff.keys import token_scope
from newsletter.staff.token import Scope
from newsletter.web import errors
from newsletter.web.house import house

_View = TypeVar("_View", bound=Callable[..., Any])


def needs(scope: Scope) -> Callable[[_View], _View]:
    """Open a view to keys with a scope."""

    def marked(view: _View) -> _View:
        view.needs = scope  # type: ignore[attr-defined] # the guard reads it from the view
        return view

    return marked


def guard() -> ResponseReturnValue | None:
    """Runs before every view of the API."""
    needed = getattr(current_app.view_functions[str(request.endpoint)], "needs", None)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return _challenge(HTTPStatus.UNAUTHORIZED, "A key is needed.", "", needed)
    with house().db.read() as session:
        scope = token_scope(session, key.strip())
    if scope is None:
        return _challenge(HTTPStatus.UNAUTHORIZED, "This key is not in use.", "invalid_token", needed)
    if scope != needed:
        return _challenge(HTTPStatus.FORBIDDEN, "This key is for something else.", "insufficient_scope", needed)
    return None


def _challenge(status: HTTPStatus, message: str, error: str, needed: Scope | None) -> ResponseReturnValue:
    """An answer that says how to come in (RFC 6750 section 3)."""
    made = f"newsletter token add --scope {needed or Scope.READ}"
    hint = f"Send Authorization: Bearer KEY with a key made by: {made}."
    body, code, headers = errors.answer(status, message, hint)
    challenge = 'Bearer realm="newsletter"' + (f', error="{error}"' if error else "")
    return body, code, {**headers, "WWW-Authenticate": challenge}
