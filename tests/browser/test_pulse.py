"""The yearly pulse in a real browser: keyboard alone, and fit for everybody when it is answered."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from newsletter.links import RunningLink
from tests.browser.pages import flaws
from tests.web.public.doors import Door


@pytest.mark.parametrize("language", ["de", "ar"])
def test_a_reader_answers_and_tells_how_content_they_are_by_keyboard(
    door: Door, site: str, browser: Browser, language: str
) -> None:
    link = RunningLink(door.stage.nora.person_id, door.stage.nora.delivery_id)
    path = door.links.running(link).removeprefix(door.links.base_url)
    page = browser.new_page()
    page.goto(f"{site}{path}?lang={language}")
    for button in ("[name=said][value=in_use]", "[name=mood][value=content]", "[name=rival][value=no_competitor]"):
        door.clock.now += timedelta(seconds=5)
        page.locator(f"button{button}").first.focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert page.locator("button[aria-pressed=true]").count() == 3
    assert flaws(page, "answered") == []
    page.close()
