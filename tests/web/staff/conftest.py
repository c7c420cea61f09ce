from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from newsletter.db import Database
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.optout.copies import Stage, set_stage
from tests.quick import hash_quickly
from tests.web.staff.colleagues import Colleague, hired

Hire = Callable[..., Colleague]


@pytest.fixture(autouse=True)
def clock(now: datetime) -> time_machine.Traveller:
    """It is `now` everywhere; `shift` it."""
    with time_machine.travel(now.astimezone(UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(sqlite_db: Database, config: MakeConfig) -> Flask:
    """The application as `bin/run` serves it, on SQLite."""
    settings = config(sqlite_db, zone="Europe/Berlin", base_url="https://news.vendor.example")
    return hash_quickly(create_app(settings, db=sqlite_db))


@pytest.fixture
def stage(sqlite_db: Database, now: datetime) -> Stage:
    """The cast, with copies of one bulletin sent to four of them."""
    with sqlite_db.write() as session:
        return set_stage(session, cast.play(session, now), now)


@pytest.fixture
def hire(app: Flask, sqlite_db: Database, now: datetime) -> Hire:
    """A colleague with these duties, at their own browser, not signed in."""

    def make(*duties: str, email: str = "ada@vendor.example") -> Colleague:
        return hired(app, sqlite_db, email, duties, now)

    return make


@pytest.fixture
def browser(hire: Hire) -> FlaskClient:
    """The browser of a colleague from service who is signed in."""
    ada = hire("service")
    ada.sign_in()
    return ada.browser
