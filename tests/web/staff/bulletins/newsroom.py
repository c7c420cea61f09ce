"""A marketer at her browser, with the cast on record."""

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from newsletter.db import Base, Database
from newsletter.ledger.order import Desk
from newsletter.links import Links
from newsletter.staff.invite import invite
from newsletter.staff.sign_in import sign_in
from newsletter.staff.user import Duty, User
from newsletter.web.staff.colleague import SIGN_IN
from tests.cast import Cast
from tests.ledger.stage import SENDER, TEXT
from tests.web.staff.colleagues import SITE, browser_of, token

FIELDS = {
    "number": "TB-1",
    "title-0": "Lubrication",
    "klass": "technical",
    "topic": "bulletins",
    "serials": "A100000-A104000",
    "language-0": "en",
    "markdown-0": "Hello {{ name }},\r\nyour {{ serial }}.",
}
MODELS = ["VX-500", "VX-500i"]


@dataclass(frozen=True, slots=True)
class Newsroom:
    """The application, its database, and the browser of somebody signed in."""

    app: Flask
    db: Database
    links: Links
    cast: Cast
    now: datetime
    browser: FlaskClient

    @property
    def desk(self) -> Desk:
        """Where bulletins are ordered without a browser."""
        return Desk(self.db, SENDER, self.links)

    def hire(self, *duties: str, email: str = "otto@vendor.example") -> "Newsroom":
        """The same room seen by another colleague, signed in."""
        return replace(self, browser=signed_in(self.app, self.db, email, duties, self.now))

    def get(self, path: str, status: int = 200) -> str:
        """The words of a page."""
        return words(self.open(path, status))

    def open(self, path: str, status: int = 200) -> TestResponse:
        """A page as it came."""
        answer = self.browser.get(path, base_url=SITE)
        assert answer.status_code == status, answer.text
        return answer

    def post(self, path: str, **fields: object) -> TestResponse:
        """Send a form. One token holds for every form of a sign-in, so it is taken from a page that is quickly made."""
        filled = {"csrf_token": token(self.browser, "/staff/leaving"), **fields}
        return self.browser.post(path, base_url=SITE, data=filled)

    def written(self, text: str = TEXT) -> str:
        """The number of a bulletin that is there now, saved as a file."""
        answer = self.post("/staff/bulletins/new?as=file", source=text, seen="")
        assert answer.status_code == 303, words(answer)
        return answer.location.rpartition("/")[2]

    def count(self, table: type[Base]) -> int:
        """How many rows there are."""
        with self.db.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Collects the questions to the database while a `with` block is open."""
        asked: list[str] = []

        def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                asked.append(statement)

        event.listen(self.db.engine, "before_cursor_execute", listen)
        yield asked
        event.remove(self.db.engine, "before_cursor_execute", listen)


def signed_in(app: Flask, db: Database, email: str, duties: Iterable[str], now: datetime) -> FlaskClient:
    """The browser of a new colleague, signed in without the time that a password takes."""
    invite(db, email, map(Duty, duties), now)
    with db.read() as session:
        user = session.scalars(select(User).where(User.email == email)).one()
    browser = browser_of(app)
    with browser.session_transaction("/staff/", base_url=SITE) as cookie:
        cookie.update({SIGN_IN: sign_in(db, user.id, now), "_user_id": user.fs_uniquifier, "_fresh": True})
    return browser


def words(answer: TestResponse) -> str:
    """What stands on a page, without its tags."""
    inline = re.sub(r"</?(?:time|a|span|code)\b[^>]*>", "", answer.text)
    bare = re.sub(r"<style.*?</style>|<[^>]+>", " ", inline, flags=re.DOTALL)
    return html.unescape(" ".join(bare.split()))


def value(answer: TestResponse, name: str) -> str:
    """What a form carries in one of its fields."""
    field = rf'(?=[^>]* name="{name}")[^>]*?'
    found = re.search(rf'<input{field}(?: value="([^"]*)"[^>]*)?>|<textarea{field}>\r?\n?([^<]*)<', answer.text)
    assert found, name
    return html.unescape(found[1] or found[2] or "")
