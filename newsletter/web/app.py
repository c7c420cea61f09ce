"""The Flask application: doors, headers, errors."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.web import errors, headers, mailbox, question_preview
from newsletter.web.api import door as api_door
from newsletter.web.house import House, move_in
from newsletter.web.moment import one_moment
from newsletter.web.public import door as public_door
from newsletter.web.staff import door as staff_door

_HOUSE = Path(__file__).parent.parent.parent
LARGEST_BODY = 2 * 1024 * 1024


def create_app(config: Config, *, db: Database | None = None, clock: Callable[[], datetime] = utc_now) -> Flask:
    """The application that `wsgi.py` and `bin/run` serve. `db` and `clock` are given by tests."""
    app = Flask("newsletter", template_folder=str(_HOUSE / "templates"), static_folder=str(_HOUSE / "static"))
    app.config.update(SECRET_KEY=config.signer().keys[0], MAX_CONTENT_LENGTH=LARGEST_BODY)
    app.config.update(MAX_FORM_MEMORY_SIZE=LARGEST_BODY, MAX_FORM_PARTS=200)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # X-Forwarded-Host is never believed: links come from the configured base URL alone.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=0)  # type: ignore[method-assign] # the documented way
    move_in(app, House(config, db or Database(config.database), config.links(), one_moment(clock)))
    headers.install(app)
    errors.install(app)
    public_door.install(app)
    staff_door.install(app)
    question_preview.install(app)
    api_door.install(app)
    mailbox.install(app)
    return app
