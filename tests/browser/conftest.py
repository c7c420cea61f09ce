import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from werkzeug.serving import make_server

from config import Config
from newsletter.db import Database
from newsletter.web.recorder import settle_all
from tests.browser.full_house import FullHouse, furnish
from tests.browser.pages import come_in
from tests.conftest import MakeConfig
from tests.running_house import RunningHouse, running
from tests.web.public.doors import Clock, Door, open_door

expect.set_options(timeout=60_000)  # milliseconds until something counts as not happening


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Not for the whole session: while it runs, this thread has a running event loop, which other tests do not expect.
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One browser; each test opens windows of its own."""
    started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield started
    started.close()


@pytest.fixture
def door(sqlite_db: Database, config: MakeConfig) -> Door:
    """The application with the cast, in real time as its browser."""
    return open_door(sqlite_db, config, datetime.now(UTC))


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Where an application is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(door: Door) -> Iterator[str]:
    """Where the application is served."""
    with served(door.app) as site:
        yield site


@pytest.fixture(scope="session")
def full_house(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullHouse]:
    """A house in which every page has something to show, in real time."""
    folder = tmp_path_factory.mktemp("full")
    shutil.copyfile(_sqlite_template, folder / "newsletter.db")
    db = Database(f"sqlite:///{folder}/newsletter.db")
    yield furnish(
        db, Config(var=folder, secret_key="k" * 40, database_url=str(db.engine.url)), Clock(datetime.now(UTC))
    )
    settle_all()
    db.close()


@pytest.fixture(scope="session")
def full_site(full_house: FullHouse) -> Iterator[str]:
    """Where it is served."""
    with served(full_house.door.app) as site:
        yield site


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """The whole house on its first day, engine and mailbox included, with the demo bulletin sent."""
    with running(tmp_path_factory.mktemp("house")) as house:
        house.wait_for_runs()
        yield house


@pytest.fixture(scope="module")
def desk(house: RunningHouse, browser: Browser) -> Iterator[Page]:
    """A colleague's window: she has come in by the one-time link."""
    page = browser.new_page(base_url=house.url)
    page.set_default_timeout(60_000)
    come_in(page, house.welcome_url)
    yield page
    page.close()
