"""A service colleague reads an account record and writes down what she learned; sales reads the same."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.audience.unreachable import CameBack, came_back
from newsletter.optout.act import opt_out
from newsletter.optout.answer import WhatBecame, Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Fate, Reason
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from tests.browser.pages import PASSWORD, come_in, flaws, listen, press
from tests.web.public.doors import Door


def colleague(browser: Browser, door: Door, site: str, duty: Duty) -> Page:
    """A window of somebody who has come in."""
    page = browser.new_page(base_url=site)
    page.set_default_timeout(60_000)
    come_in(page, f"/staff/welcome/{invite(door.db, f'{duty}@vendor.example', [duty], datetime.now(UTC))}")
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


def test_signing_in_and_finding_an_account_needs_no_mouse(browser: Browser, door: Door, site: str) -> None:
    opt_out(door.db, door.stage.una, Way.PAGE, door.clock.now)
    for said in (Why(Reason.NOT_USED), WhatBecame(Fate.SCRAPPED)):
        answer(door.db, door.stage.una, said, door.clock.now, language="de")
    page = browser.new_page()
    page.goto(f"{site}/staff/welcome/{invite(door.db, 'ada@vendor.example', [Duty.SERVICE], door.clock.now)}")
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
    page.close()


def test_she_writes_again_to_somebody_whose_mail_came_back_by_mistake(desk: Page, door: Door) -> None:
    complaints = listen(desk)
    una = door.stage.cast.una
    with door.db.write() as session:
        gone = CameBack("delivery:1", una.id, una.address, is_hard=True, status="5.1.1", words="550 no such user")
        assert came_back(session, gone, datetime.now(UTC))
    desk.goto("/staff/accounts/K1")
    assert flaws(desk, "held back") == []
    press(desk, desk.get_by_role("button", name="The address works: write to"))
    expect(desk.get_by_text("gets our mail again, until one comes back")).to_be_visible()
    expect(desk.get_by_text("service@vendor.example says that the address works")).to_be_visible()
    assert flaws(desk, "written to again") == []
    assert complaints == []
