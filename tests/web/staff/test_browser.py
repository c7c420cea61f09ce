"""Staff pages in a real browser: axe-core, no sideways scrolling, the keyboard."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from werkzeug.serving import make_server

from newsletter.account.note import Note
from newsletter.db import Database
from newsletter.mailbox.store import Store
from newsletter.optout.act import opt_out
from newsletter.optout.answer import WhatBecame, Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Fate, Reason
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.optout.copies import set_stage

PASSWORD = "a lathe sings at dawn"
MAIL = b"Subject: Grease\r\nContent-Type: text/html\r\n\r\n<html lang=en><title>x</title><h1>Hello</h1>"
SIZES = {"wide": (1280, 900), "narrow": (320, 800)}


@pytest.fixture(autouse=True)
def clock() -> None:
    """A browser and its server live in real time."""


@pytest.fixture
def link(sqlite_db: Database) -> str:
    """The path of a one-time link, in a house where something has happened."""
    now = datetime.now(UTC)
    with sqlite_db.write() as session:
        stage = set_stage(session, cast.play(session, now), now)
        session.add(Note(account_id=stage.cast.north.id, unit_id=None, text="Hall 3\n3", author="x", noted_at=now))
    opt_out(sqlite_db, stage.una, Way.PAGE, now)
    answer(sqlite_db, stage.una, Why(Reason.NOT_USED), now, language="de")
    answer(sqlite_db, stage.una, WhatBecame(Fate.SCRAPPED), now, language="de")
    return f"/staff/welcome/{invite(sqlite_db, 'ada@vendor.example', [Duty.SERVICE], now)}"


@pytest.fixture
def site(sqlite_db: Database, config: MakeConfig) -> Iterator[str]:
    """Where the application is served."""
    settings = config(sqlite_db)
    Store(settings.var / "mailbox").keep(MAIL, "a@acme.example", ["nora@firm.example"], datetime.now(UTC))
    server = make_server("127.0.0.1", 0, create_app(settings, db=sqlite_db), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


def flaws(context: BrowserContext, address: str) -> list[str]:
    """What axe-core, the console and the width of a page have to say against it."""
    page = context.new_page()
    said = [f"{address}: "]
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        said.append("scrolls sideways")
    found = Axe().run(page)
    said += [f"{v['id']} {[node['html'][:100] for node in v['nodes']]}" for v in found.response["violations"]]
    page.close()
    return said[1:] and ["".join(said)]


def test_pages_are_fit_for_every_reader(browser: Browser, site: str, link: str) -> None:
    first = browser.new_page()
    first.goto(site + link)
    first.fill("#password", PASSWORD)
    first.fill("#repeated", PASSWORD)
    first.click("text=Set the password")
    assert first.url == f"{site}/staff/"
    signed_in = first.context.storage_state()
    first.goto(f"{site}/mailbox")
    message = first.get_attribute("main a", "href") or ""
    pages = ["/staff/", "/staff/accounts", "/staff/accounts/K1", "/staff/accounts/K4", "/staff/leaving", "/mailbox"]
    wrong: list[str] = []
    for width, height in SIZES.values():
        for scheme in ("light", "dark"):
            look = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
            context = browser.new_context(storage_state=signed_in, **look)  # type: ignore[arg-type] # a dict of options
            wrong += [flaw for page in (*pages, message) for flaw in flaws(context, site + page)]
            stranger = browser.new_context(**look)  # type: ignore[arg-type] # a dict of options
            wrong += flaws(stranger, f"{site}/staff/sign-in")
    assert wrong == []


def test_signing_in_and_finding_an_account_needs_no_mouse(browser: Browser, site: str, link: str) -> None:
    page = browser.new_page()
    page.goto(site + link)
    page.wait_for_function("document.activeElement.type === 'password'")  # autofocus comes after the load
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/staff/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.goto(f"{site}/staff/accounts?q=nothing")
    page.wait_for_function("document.activeElement.name === 'q'")
    page.keyboard.press("Control+A")
    page.keyboard.type("A100231")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts?q=A100231")
    page.focus("text=Toolroom North")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/K1")
    assert page.inner_text(".answer").startswith(
        "We do not know of all 3 machines: 1 is no longer in use, said by Berg"
    )
