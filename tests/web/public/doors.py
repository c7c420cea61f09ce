"""The public door with the cast behind it."""

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter import tables
from newsletter.db import Database
from newsletter.links import Links, OptOutLink
from newsletter.tokens import Purpose, Signer
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.optout.copies import Stage, set_stage

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@dataclass
class Clock:
    """A clock that a test may put forward."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Door:
    """The application with its cast, and the paths of two opt-out links."""

    app: Flask
    db: Database
    clock: Clock
    stage: Stage
    links: Links
    nora: str  # two machines
    una: str  # one machine

    @property
    def client(self) -> FlaskClient:
        """A browser without any cookie."""
        return self.app.test_client()

    def path(self, link: OptOutLink) -> str:
        return f"/leave/{self.links.opt_out_token(link)}"

    @property
    def read(self) -> dict[str, str]:
        """What a form of ours holds when its page was open for five seconds."""
        return read_before(self.links.signer, self.clock())

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table of state; that somebody came, and how often, is nobody's state."""
        with self.db.read() as session:
            return {
                table.name: [tuple(row) for row in session.execute(table.select())]
                for table in tables.metadata.sorted_tables
                if table.name not in ("hit", "attempts")
            }


def read_before(signer: Signer, now: datetime) -> dict[str, str]:
    """The same for a page of another door."""
    return {"shown": signer.sign(Purpose.SHOWN, int(now.timestamp() * 1000) - 5000)}


def open_door(db: Database, config: MakeConfig, now: datetime) -> Door:
    with db.write() as session:
        stage = set_stage(session, cast.play(session, now), now)
    settings, clock = config(db), Clock(now)
    links = settings.links()
    nora, una = (f"/leave/{links.opt_out_token(link)}" for link in (stage.nora, stage.una))
    return Door(create_app(settings, db=db, clock=clock), db, clock, stage, links, nora, una)


def text_of(answer: TestResponse) -> str:
    words = re.sub(r"<[^>]+>", " ", re.sub(r"</?bdi>", "", answer.text.partition("<main>")[2]))
    return unescape(re.sub(r"\s+", " ", words))


def pressed(answer: TestResponse) -> list[str]:
    return re.findall(r'value="(?:\d*\.)?(\w+)" aria-pressed="true"', answer.text)
