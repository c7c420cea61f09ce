"""How often somebody may try to sign in, counted over all web processes."""

import math
from http import HTTPStatus
from ipaddress import ip_network
from typing import cast

from flask import Flask, request
from flask.typing import ResponseReturnValue, RouteCallable
from flask_limiter import Limiter
from werkzeug import Response
from werkzeug.exceptions import TooManyRequests

from newsletter.clock import utc_now
from newsletter.web import errors, limits
from newsletter.web.house import house
from newsletter.web.staff.way_in import REFUSED, sign_in

PER_ADDRESS, PER_NETWORK = "10 per 15 minutes", "50 per 15 minutes"


def limit_sign_in(app: Flask) -> None:
    """Answer 429 to who failed too often: at one address (whoever tries), or from one network (whatever is tried)."""
    with app.app_context():
        options = cast("dict[str, str | int]", {"db": house().db})  # the library types options for its own storages
        limiter = Limiter(app=app, key_func=_network, storage_uri=limits.URI, storage_options=options)
    per_address = limiter.limit(PER_ADDRESS, key_func=_address, methods=["POST"], deduct_when=_has_failed)
    per_network = limiter.limit(PER_NETWORK, key_func=_network, methods=["POST"], deduct_when=_has_failed)
    app.view_functions["way_in.sign_in"] = cast("RouteCallable", per_network(per_address(sign_in)))
    app.register_error_handler(TooManyRequests, lambda _error: _too_many(limiter))


def _address() -> str:
    return "address " + request.form.get("email", "").strip().casefold()


def _network() -> str:
    host = request.remote_addr or "::"
    return "network " + str(ip_network(f"{host}/64" if ":" in host else host, strict=False))


def _has_failed(response: Response) -> bool:
    return response.status_code == REFUSED


def _too_many(limiter: Limiter) -> ResponseReturnValue:
    now = utc_now().timestamp()
    reset_at = limiter.current_limit.reset_at if limiter.current_limit else now + 60
    seconds = max(1, math.ceil(reset_at - now))
    minutes = max(1, round(seconds / 60))
    hint = f"Wait about {minutes} min, then try again. Forgotten? An administrator makes a new one-time link."
    body, code, headers = errors.answer(HTTPStatus.TOO_MANY_REQUESTS, "Too many tries.", hint)
    return body, code, {**headers, "Retry-After": str(seconds)}
