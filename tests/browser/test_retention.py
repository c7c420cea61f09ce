"""Lists and retention reports in a real browser: narrowed down, taken along, and on paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from tests.browser.full_house import FullHouse
from tests.browser.pages import come_in, press


@pytest.fixture(scope="module")
def desk(full_house: FullHouse, full_site: str, browser: Browser) -> Iterator[Page]:
    """A marketer's window, signed in."""
    page = browser.new_page(base_url=full_site)
    page.set_default_timeout(60_000)
    door = full_house.door
    come_in(page, f"/staff/welcome/{invite(door.db, 'mia@vendor.example', [Duty.MARKETER], door.clock.now)}")
    yield page
    page.close()


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
