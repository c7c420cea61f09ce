"""The pages of who comes without a link, and of who wants to see or change what we hold: in a real browser."""

from playwright.sync_api import Browser, Page

from tests.browser.pages import cut_off, flaws, listen, press
from tests.web.public.doors import Door
from tests.web.public.strangers import NEW, TYPING, fill, last_link, letters, subscribe


def pages_of(door: Door) -> dict[str, str]:
    """The path of each page by name."""
    nora = door.stage.cast.nora
    preferences, mine, stop = (
        link.removeprefix(door.links.base_url)
        for link in (
            door.links.preferences(nora.id),
            door.links.mine(nora.id, door.clock.now),
            door.links.stop(nora.id),
        )
    )
    subscribe(door)
    confirm = last_link(door)
    fill(door, f"{preferences}/address", address="nora@new-works.example")
    return {
        "subscribe": "/subscribe",
        "ask for the link": "/preferences",
        "stop by address": "/stop",
        "stop": stop,
        "a lost link": "/leave/lost",
        "confirm": confirm,
        "another address": f"{preferences}/address",
        "the new mailbox": last_link(door),
        "what we hold, asked for": f"{preferences}/mine",
        "what we hold": mine,
        "erase": f"{mine}/erase",
        "the right person": f"{door.una}/right-person",
    }


def test_wcag_every_page_of_strangers_is_without_a_flaw(door: Door, site: str, browser: Browser) -> None:
    page = browser.new_page(base_url=site)
    found = []
    for name, path in pages_of(door).items():
        for language in ("en", "ar"):
            page.goto(f"{path}?lang={language}")
            found += flaws(page, f"{name} {language}") + cut_off(page)
    page.close()
    assert found == []


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
