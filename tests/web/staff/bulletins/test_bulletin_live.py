"""The pages in a real browser: what moves, moves without a click, and what must not run does not."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from waitress.server import create_server

from newsletter.db import Database
from newsletter.ledger.control import finish_cancelling
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import Event
from newsletter.links import Links
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.ledger.stage import Result, copies, started, told
from tests.web.staff.colleagues import PASSWORD


@pytest.fixture(autouse=True)
def clock() -> None:
    """A browser needs the time to pass."""


@pytest.fixture
def site(sqlite_db: Database, config: MakeConfig) -> Iterator[str]:
    """The address of the pages, served as `bin/run` serves them."""
    app = create_app(config(sqlite_db), db=sqlite_db)
    server = create_server(app, host="127.0.0.1", port=0, threads=4, ident=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join()


@pytest.fixture
def said() -> list[str]:
    """What the browser complained about."""
    return []


@pytest.fixture
def page(site: str, sqlite_db: Database, chromium: str, said: list[str]) -> Iterator[Page]:
    """The browser of a marketer who has just signed in."""
    token = invite(sqlite_db, "ada@vendor.example", [Duty.MARKETER], datetime.now(UTC))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{site}/staff/welcome/{token}")
        for name in ("password", "repeated"):
            page.fill(f"#{name}", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/staff/")
        page.on("console", lambda message: said.append(message.text))
        yield page
        browser.close()


@pytest.fixture
def run(sqlite_db: Database, links: Links) -> int:
    """A run to four people that waits for an engine."""
    now = datetime.now(UTC)
    with sqlite_db.write() as session:
        cast.play(session, now)
    return started(sqlite_db, links, now)


def accept(db: Database, run: int, first: int, last: int) -> None:
    some = copies(db, run)[first:last]
    told(db, [Result(copy.id, Event.ACCEPT, "250 Ok") for copy in some], datetime.now(UTC))


def test_figures_move_and_the_end_changes_the_page(
    page: Page, site: str, sqlite_db: Database, run: int, said: list[str]
) -> None:
    page.goto(f"{site}/staff/runs/{run}")
    page.focus("#figure-to-go")
    accept(sqlite_db, run, 0, 2)
    expect(page.locator("#live")).to_contain_text("2 accepted")
    expect(page.locator("#live")).to_contain_text("50 %")
    expect(page.locator("#spoken")).to_have_text("Sending, 50 %")
    expect(page.locator("#figure-to-go")).to_be_focused()

    accept(sqlite_db, run, 2, 4)
    with sqlite_db.write() as session:
        session.get_one(Batch, (run, 0)).due_at = None
    finish_idle(sqlite_db, datetime.now(UTC))
    expect(page.locator("#live")).to_contain_text("Finished 4 of 4 copies accepted")
    expect(page.locator("#cancel")).to_have_count(0)
    assert said == []


def test_a_cancel_is_watched_until_it_is_through(
    page: Page, site: str, sqlite_db: Database, run: int, said: list[str]
) -> None:
    with sqlite_db.write() as session:
        session.get_one(Run, run).state = RunState.CANCELLED
    page.goto(f"{site}/staff/runs/{run}")
    expect(page.locator("#live")).to_contain_text("Nothing more leaves.")
    finish_cancelling(sqlite_db, "engine", datetime.now(UTC))
    expect(page.locator("#live")).to_contain_text("4 cancelled")
    expect(page.locator("#live")).not_to_contain_text("Nothing more leaves.")
    asked = page.evaluate("new Promise(done => { fetch = () => done(true); setTimeout(() => done(false), 1500); })")
    assert not asked
    assert said == []


def test_what_is_looked_up_anew_is_what_stands_there(page: Page, site: str, run: int) -> None:
    page.goto(f"{site}/staff/runs/{run}")
    part = page.evaluate("fetch(live.dataset.from).then(answer => answer.text())")
    assert page.evaluate("part => live.innerHTML === part", part)


def test_focus_stays_on_what_has_no_name(page: Page, site: str, sqlite_db: Database, run: int) -> None:
    page.goto(f"{site}/staff/runs/{run}")
    page.eval_on_selector("#figure-to-go", "link => { link.removeAttribute('id'); link.focus(); }")
    accept(sqlite_db, run, 0, 2)
    expect(page.locator("#live")).to_contain_text("50 %")
    expect(page.locator("#live a[href$='/copies/to-go']")).to_be_focused()


def test_nothing_is_taken_from_under_somebody_who_types(page: Page, site: str, sqlite_db: Database, run: int) -> None:
    page.goto(f"{site}/staff/runs/{run}")
    page.fill("#address", "nora@")
    accept(sqlite_db, run, 0, 4)
    with sqlite_db.write() as session:
        session.get_one(Batch, (run, 0)).due_at = None
    finish_idle(sqlite_db, datetime.now(UTC))
    expect(page.locator("#live")).to_contain_text("Finished")
    expect(page.locator("#address")).to_have_value("nora@")


def test_the_letter_shows_in_its_frame(page: Page, site: str, run: int, said: list[str]) -> None:
    assert run
    page.goto(f"{site}/staff/bulletins/TB-1?address=nora@toolroom-north.example")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("A100231 and A103000")
    assert said == []


def test_pages_are_accessible_and_fit_a_telephone(page: Page, site: str, run: int) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    bulletins, runs = "/staff/bulletins", f"/staff/runs/{run}"
    of_one = [f"{bulletins}/TB-1{part}" for part in ("", "/edit", "/send", "/machines")]
    of_run = [f"{runs}{part}" for part in ("", "/copies/to-go", "/left-out", "/cancel")]
    for path in (bulletins, f"{bulletins}/new", *of_one, *of_run):
        page.goto(site + path)
        wrong = Axe().run(page).response["violations"]
        assert [(path, found["id"]) for found in wrong] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
