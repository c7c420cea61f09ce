"""Somebody who comes without a link, in a real browser."""

from playwright.sync_api import Browser, Page

from tests.browser.pages import listen, press
from tests.web.public.doors import Door
from tests.web.public.strangers import NEW, TYPING, last_link, letters


def test_somebody_subscribes_with_the_keyboard_alone(door: Door, site: str, browser: Browser) -> None:
    page = browser.new_page(base_url=site)
    said = listen(page)
    page.goto("/subscribe")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, "address")
    page.keyboard.type(NEW)
    tab_to(page, "serial")
    page.keyboard.type("A100231")
    tab_to(page, "language")
    door.clock.now += TYPING
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "look into your mailbox" in page.inner_text("[role=status]")
    assert [letter.address for letter in letters(door)] == [NEW]
    page.goto(last_link(door))
    press(page, page.get_by_role("button", name="Yes, send me these mails"))
    assert page.inner_text("h1") == "You are on the list."
    assert said == []
    page.close()


def tab_to(page: Page, field: str) -> None:
    """Go on until a field has the focus; what is hidden from people must never have it."""
    for _ in range(6):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.name")
        assert name != "reference"
        if name == field:
            return
    raise AssertionError(field)
