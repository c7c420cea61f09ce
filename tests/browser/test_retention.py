"""Lists and retention reports in a real browser: fit for every reader, on every screen, and on paper."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from config import Config
from newsletter.db import Database
from newsletter.retention.count_months import count_months
from newsletter.retention.count_reach import count_reach
from newsletter.retention.months import ended_months
from newsletter.schema import migrate
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from newsletter.web.app import create_app
from tests.bench.large_base import fill
from tests.browser.pages import PASSWORD, flaws, listen, press

PAGES = [
    "/staff/silence",
    "/staff/coverage",
    "/staff/coverage/renewal",
    "/staff/coverage/ending",
    "/staff/reports",
    "/staff/reports/reasons",
    "/staff/reports/owners",
    "/staff/reports/work",
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Page]:
    """A marketer's window, signed in, in a house with 200 accounts."""
    folder: Path = tmp_path_factory.mktemp("retention")
    now = datetime.now(UTC)
    db = Database(f"sqlite:///{folder}/newsletter.db")
    migrate(db)
    assert len(list(fill(db, 200, now))) > 10
    count_months(db, ended_months(now), now)
    count_reach(db, now)
    link = f"/staff/welcome/{invite(db, 'ada@vendor.example', [Duty.MARKETER], now)}"
    settings = Config(var=folder, database_url=db.engine.url.render_as_string(), secret_key="k" * 40)
    server = make_server("127.0.0.1", 0, create_app(settings, db=db), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    page = browser.new_page(base_url=f"http://127.0.0.1:{server.port}")
    page.set_default_timeout(10_000)
    page.goto(link)
    page.fill("#password", PASSWORD)
    page.fill("#repeated", PASSWORD)
    press(page, page.get_by_role("button", name="Set the password"))
    yield page
    page.close()
    server.shutdown()
    thread.join()
    server.server_close()
    db.close()


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_fit_for_every_reader(desk: Page, address: str) -> None:
    complaints = listen(desk)
    desk.goto(address)
    assert flaws(desk, address) == []
    assert complaints == []


def test_a_colleague_narrows_the_silence_down_and_asks(desk: Page) -> None:
    desk.goto("/staff/")
    desk.get_by_role("link", name="Silence").click()
    desk.get_by_label("Months", exact=True).fill("20")
    desk.get_by_label("Country").select_option("DE")
    press(desk, desk.get_by_role("button", name="Show"))
    expect(desk.get_by_role("heading", level=1)).to_contain_text("not heard from for 20 months")
    boxes = desk.get_by_role("checkbox")
    boxes.first.check()
    press(desk, desk.get_by_role("button", name="Ask the accounts ticked"))
    expect(desk.get_by_role("heading", level=1)).to_contain_text("of 1 account answered")


def test_a_call_list_is_a_file(desk: Page) -> None:
    desk.goto("/staff/coverage?why=no_person")
    with desk.expect_download() as begun:
        desk.get_by_role("link", name="Call list (CSV)").click()
    file = begun.value.path().read_text("utf-8-sig")
    assert begun.value.suggested_filename.startswith("unreached-")
    assert file.startswith("account,name,country,owner,tier")
    assert "nobody stands there on record" in file


def test_a_report_prints_on_white_without_what_is_only_for_the_screen(desk: Page) -> None:
    desk.goto("/staff/reports")
    desk.emulate_media(media="print", color_scheme="dark")
    assert desk.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not desk.get_by_role("navigation", name="Main").is_visible()
    assert not desk.get_by_role("link", name="These numbers as a file (CSV)").first.is_visible()
    expect(desk.locator("svg.chart").first).to_be_visible()
    assert desk.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.scrollHeight <= e.clientHeight + 1)")
    desk.emulate_media(media="screen")
