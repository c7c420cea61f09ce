"""Putting the API into an application."""

from flask import Flask

from newsletter.web.api import account, bulletins, evidence, why
from newsletter.web.api.blueprint import api
from newsletter.web.api.described import described

VIEWS = (account, bulletins, evidence, why)
"""Each page registers its addresses with the blueprint when it is read."""


def install(app: Flask) -> None:
    """Open the API of an application that has moved in."""
    app.register_blueprint(api)
    app.register_blueprint(described)
