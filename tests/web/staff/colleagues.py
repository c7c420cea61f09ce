"""Colleagues as they sit before a browser."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter.db import Database
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty

PASSWORD = "a lathe sings at dawn"
SITE = "https://news.vendor.example"
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody with a browser of their own; `link` is their one-time link."""

    email: str
    browser: FlaskClient
    link: str

    def sign_in(self, password: str = PASSWORD, email: str = "", after: str = "") -> TestResponse:
        """Fill in the sign-in form and send it."""
        fields = {"email": email or self.email, "password": password, "next": after}
        return send(self.browser, "/staff/sign-in", **fields)


def browser_of(app: Flask) -> FlaskClient:
    """A new browser that knows our site by its public address."""
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    return browser


def hired(app: Flask, db: Database, email: str, duties: Iterable[str], now: datetime) -> Colleague:
    """A colleague who has set PASSWORD and signed out again."""
    link = f"/staff/welcome/{invite(db, email, map(Duty, duties), now)}"
    colleague = Colleague(email, browser_of(app), link)
    assert send(colleague.browser, link, password=PASSWORD, repeated=PASSWORD).status_code == 303
    return Colleague(email, browser_of(app), link)


def send(browser: FlaskClient, page: str, **fields: str) -> TestResponse:
    """Look at a page, then send its form."""
    return browser.post(page, base_url=SITE, data={"csrf_token": token(browser, page), **fields})


def token(browser: FlaskClient, page: str) -> str:
    """The token in the form of a page."""
    found = _TOKEN.search(browser.get(page, base_url=SITE).text)
    assert found, page
    return found[1]
