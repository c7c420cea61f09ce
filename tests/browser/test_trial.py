"""The pages of a trial in a real browser: fit for every reader, before it is sent, while it runs, and decided."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select
from waitress.server import create_server

from newsletter.bulletin.write import write
from newsletter.db import Database
from newsletter.hit.hit import Hit
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch
from newsletter.ledger.start import start_due
from newsletter.ledger.trial_deciding import decide_due
from newsletter.ledger.wave_opening import open_due
from newsletter.results.tried import halves
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from newsletter.web.app import create_app
from tests import cast
from tests.browser.pages import come_in, flaws, listen
from tests.conftest import MakeConfig
from tests.ledger.crowd import crowd
from tests.ledger.trials import TEXT, good, send_all

PEOPLE = 600


@pytest.fixture(autouse=True)
def clock() -> None:
    """A browser needs the time to pass."""


@pytest.fixture
def site(sqlite_db: Database, config: MakeConfig) -> Iterator[str]:
    with sqlite_db.write() as session:
        cast.play(session, datetime.now(UTC))
        crowd(session, PEOPLE, datetime.now(UTC))
    server = create_server(create_app(config(sqlite_db), db=sqlite_db), host="127.0.0.1", port=0, threads=4, ident=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join()


@pytest.fixture
def page(site: str, sqlite_db: Database, chromium: str) -> Iterator[Page]:
    """The browser of a marketer who has just signed in."""
    token = invite(sqlite_db, "ada@vendor.example", [Duty.MARKETER], datetime.now(UTC))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        come_in(page, f"{site}/staff/welcome/{token}")
        yield page
        browser.close()


def clicked(db: Database, run: int, **by: int) -> None:
    """So many copies of each variant were opened by a person."""
    with db.write() as session:
        for variant, count in by.items():
            copies = select(Delivery.id).join(
                Batch, (Batch.run_id == Delivery.run_id) & (Batch.number == Delivery.batch)
            )
            its = copies.where(Delivery.run_id == run, Batch.variant == variant).order_by(Delivery.id).limit(count)
            for copy in session.scalars(its).all():
                session.add(Hit(at=datetime.now(UTC), method="GET", kind="done", delivery_id=copy, verdict="human"))


@contextmanager
def away(page: Page) -> Iterator[None]:
    """Look again after it: whoever stayed would see the page load itself anew, at a moment nobody knows."""
    here = page.url
    page.goto("about:blank")
    yield
    page.goto(here)


def test_a_trial_is_ordered_watched_and_told_on_pages_fit_for_every_reader(
    page: Page, site: str, sqlite_db: Database
) -> None:
    said, found = listen(page), []
    with sqlite_db.write() as session:
        text = TEXT.format(number="TB-1") + ":::variant b\nHalf is enough.\n:::\n"
        write(session, text, "ada@vendor.example", datetime.now(UTC))
    page.goto(f"{site}/staff/bulletins/TB-1")
    expect(page.locator("iframe.letter")).to_have_count(2)
    expect(page.frame_locator("iframe.letter").nth(1).locator("body")).to_contain_text("Half is enough.")
    found += flaws(page, "bulletin")

    page.get_by_role("link", name="Send now …").click()
    expect(page.get_by_text("The sample is too small")).to_be_visible()
    page.get_by_text("At another time, or trying it otherwise").click()
    page.fill("#tried", "100")
    page.select_option("#measure", "opt-outs")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("half get a, half get b")).to_be_visible()
    page.get_by_text("At another time, or trying it otherwise").click()
    page.fill("#tried", "50")
    page.select_option("#measure", "clicks")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("50 % try it, half a and half b")).to_be_visible()
    found += flaws(page, "second look")
    page.get_by_role("button", name="Send TB-1 to").click()
    page.wait_for_url("**/staff/runs/*")
    run = int(page.url.rpartition("/")[2])
    found += flaws(page, "ordered")

    now = datetime.now(UTC)
    with away(page):
        start_due(sqlite_db, "engine", now)
        send_all(sqlite_db, now)
        open_due(sqlite_db, "engine", now, good)
        clicked(sqlite_db, run, a=9, b=31)
    expect(page.get_by_role("region", name="Variants side by side")).to_contain_text("31 of 150")
    expect(page.get_by_role("button", name="Send the rest b now")).to_be_visible()
    found += flaws(page, "trying")

    later = now + timedelta(hours=4)
    with away(page):
        assert decide_due(sqlite_db, "engine", later, halves) == [run]
        open_due(sqlite_db, "engine", later, good)
    expect(page.get_by_text("The rest gets b.")).to_be_visible()
    expect(page.get_by_role("button", name="Send the rest b now")).to_have_count(0)
    found += flaws(page, "decided")
    page.goto(f"{site}/staff/runs/{run}/results")
    expect(page.get_by_text("b was more often opened by people.")).to_be_visible()
    found += flaws(page, "results")
    assert found == []
    assert said == []
