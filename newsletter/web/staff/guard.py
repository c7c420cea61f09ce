"""Who gets which staff page. A view that says nothing is open to nobody."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, redirect, request, url_for
from flask_login import current_user
from flask_wtf import CSRFProtect
from werkzeug import Response
from werkzeug.exceptions import Forbidden

from newsletter.staff.user import Duty
from newsletter.web.staff.colleague import somebody

csrf = CSRFProtect()

_View = TypeVar("_View", bound=Callable[..., Any])
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def open_to(*duties: Duty) -> Callable[[_View], _View]:
    """Open a view to colleagues with one of these duties, and to admins."""

    def marked(view: _View) -> _View:
        view.open_to = frozenset({*duties, Duty.ADMIN})  # type: ignore[attr-defined] # the guard reads it from the view
        return view

    return marked


def duties_of(endpoint: str) -> frozenset[Duty]:
    """Who gets the page behind an endpoint."""
    return getattr(current_app.view_functions[endpoint], "open_to", frozenset())


def guard() -> Response | None:
    """Runs before every view of the staff door."""
    if not current_user.is_authenticated:
        asked_for = request.full_path.rstrip("?") if request.method in _READS else None
        return redirect(url_for("way_in.sign_in", next=asked_for), 303)
    if not somebody().duties & duties_of(str(request.endpoint)):
        raise Forbidden("Your account does not open this page. An administrator can change that: newsletter user add.")
    csrf.protect()
    return None
