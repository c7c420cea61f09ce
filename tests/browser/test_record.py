"""A service colleague reads an account record and writes down what she learned; sales reads the same."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Reason
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from tests.browser.pages import PASSWORD, flaws, listen, press
from tests.web.public.doors import Door


def colleague(browser: Browser, door: Door, site: str, duty: Duty) -> Page:
    """A window of somebody who has come in."""
    page = browser.new_page(base_url=site)
    page.set_default_timeout(10_000)
    page.goto(f"/staff/welcome/{invite(door.db, f'{duty}@vendor.example', [duty], datetime.now(UTC))}")
    page.fill("#password", PASSWORD)
    page.fill("#repeated", PASSWORD)
    press(page, page.get_by_role("button", name="Set the password"))
    return page


@pytest.fixture
def desk(browser: Browser, door: Door, site: str) -> Iterator[Page]:
    page = colleague(browser, door, site, Duty.SERVICE)
    yield page
    page.close()


@pytest.fixture
def left(door: Door) -> datetime:
    """When Berg said that the machine is a back-up only."""
    at = datetime.now(UTC) - timedelta(days=14)
    opt_out(door.db, door.stage.una, Way.PAGE, at)
    answer(door.db, door.stage.una, Why(Reason.BACKUP, "Nur noch Reserve."), at, language="de")
    return at


def test_she_reads_why_calls_writes_it_down_and_sales_sees_it(
    desk: Page, browser: Browser, door: Door, site: str, left: datetime
) -> None:
    complaints = listen(desk)
    assert left
    desk.goto("/staff/accounts/K1")
    expect(desk.locator(".answer")).to_contain_text("In use as back-up: said by Berg")
    desk.get_by_role("link", name=re.compile("^In use as back-up: said by Berg")).click()
    expect(desk.locator(":target")).to_contain_text("A100231: in use as back-up")

    desk.get_by_role("link", name="We spoke to Nora Frost").click()
    desk.get_by_label("How", exact=True).select_option("call")
    desk.get_by_label("About", exact=True).select_option("them")
    desk.get_by_label("What was said").fill("It runs every Friday; they think of a rebuild.")
    press(desk, desk.get_by_role("button", name="Write it down"))
    expect(desk.get_by_text("Call about how they are, with Nora Frost")).to_be_visible()

    desk.get_by_role("link", name="Write down interest in a rebuild").click()
    desk.get_by_label("What we know").select_option("yes")
    press(desk, desk.get_by_role("button", name="Write it down"))
    desk.get_by_role("link", name="I know better of A100231").click()
    expect(desk.get_by_label("Machine")).to_have_value(str(door.stage.cast.a100231.id))
    desk.get_by_label("What it is").select_option("in_use")
    desk.get_by_label("How you know").fill("Nora says it runs every Friday.")
    press(desk, desk.get_by_role("button", name="Put it down"))
    expect(desk.locator(".answer")).to_contain_text("In use: said by service@vendor.example")

    sales = colleague(browser, door, site, Duty.SALES)
    sales.goto("/staff/accounts/K1")
    expect(sales.get_by_role("listitem").filter(has_text="Interest in a rebuild").first).to_contain_text("yes")
    expect(sales.get_by_text("A100231: in use, says a colleague")).to_be_visible()
    sales.get_by_label("What would we have thought on another day?").fill(
        (datetime.now(UTC) - timedelta(days=7)).date().isoformat()
    )
    press(sales, sales.get_by_role("button", name="Look back"))
    expect(sales.get_by_role("status")).to_contain_text("This is what we would have thought on")
    expect(sales.locator(".answer")).to_contain_text("In use as back-up: said by Berg")
    sales.close()
    assert complaints == []


@pytest.mark.parametrize(
    "page", ["", "?as_of=2026-01-01", "?kind=signs", "known/competitor", "contact", "note", "verdict"]
)
def test_wcag_22_nobody_is_kept_out(desk: Page, door: Door, left: datetime, page: str) -> None:
    assert left
    record = "/staff/accounts/K1"
    path = record + page if page[:1] in ("", "?") else f"/staff/records/{door.stage.cast.north.id}/{page}"
    desk.goto(path)
    assert flaws(desk, path) == []
