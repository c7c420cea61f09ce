from datetime import datetime

import pytest
from jinja2 import BytecodeCache, FileSystemBytecodeCache

from newsletter.db import Database
from newsletter.links import Links
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.web.staff.bulletins.newsroom import Newsroom, signed_in


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Each test has an application of its own; the templates need not be compiled for each."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def room(db: Database, config: MakeConfig, links: Links, now: datetime, templates: BytecodeCache) -> Newsroom:
    """The pages on either database, seen by Ada from marketing."""
    return opened(db, config, links, now, templates)


@pytest.fixture
def sqlite_room(
    sqlite_db: Database, config: MakeConfig, links: Links, now: datetime, templates: BytecodeCache
) -> Newsroom:
    """The same on SQLite alone, for tables of bad input that no database ever sees."""
    return opened(sqlite_db, config, links, now, templates)


def opened(db: Database, config: MakeConfig, links: Links, now: datetime, templates: BytecodeCache) -> Newsroom:
    app = create_app(config(db, zone="Europe/Berlin", base_url="https://news.vendor.example"), db=db)
    app.jinja_env.bytecode_cache = templates
    with db.write() as session:
        played = cast.play(session, now)
    browser = signed_in(app, db, "ada@vendor.example", ["marketer"], now)
    return Newsroom(app, db, links, played, now, browser)
