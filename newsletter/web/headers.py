"""The headers every answer carries."""

from flask import Flask, Response, g

from newsletter.web.house import house

STRICT = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def install(app: Flask) -> None:
    """Put the headers on every answer of an application, errors included."""
    app.after_request(_with_headers)


def allow(**directives: str) -> None:
    """Change directives of this answer's content security policy: `allow(style_src="'sha256-…'")`."""
    g.csp = {**getattr(g, "csp", {}), **{name.replace("_", "-"): value for name, value in directives.items()}}


def _with_headers(response: Response) -> Response:
    policy = {**STRICT, **getattr(g, "csp", {})}
    response.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A token stands in the address of public pages: no other site may learn it from a Referer.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    response.headers.setdefault("Cache-Control", "no-store")
    if house().config.public_url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
