"""Takes the pictures of docs/ in a demo house, after a few people have left and said why."""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.pages import come_in, press
from tests.running_house import HOUSE, RunningHouse, running

DOCS = HOUSE / "docs"
WIDE, NARROW = 1280, 360
SAID = {
    "weiss@lindental.example": ("backup",),
    "carla@valseria.example": ("used_other_service",),
    "stone@prairie.example": ("used_own_service",),
    "zych@brzeg.example": ("not_used", "scrapped"),
    "tom@north-quay.example": ("wrong_person",),
}
"""Who leaves by the demo bulletin, and what they tap."""
ASKED = "kanda@kanda.example"
"""Who is shown leaving."""


def main() -> None:
    """Take them all."""
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), zone="Europe/Berlin") as house:
        house.wait_for_runs()
        with sync_playwright() as playwright:
            program = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            take(browser, house)
            browser.close()


def take(browser: Browser, house: RunningHouse) -> None:
    """Play the story, and take the pictures where they are due."""
    page = browser.new_page(base_url=house.url, color_scheme="light")
    links = {mail.to: mail.opt_out_url for mail in house.mails()}
    for address, taps in SAID.items():
        leave(page, links[address])
        for tap in taps:
            press(page, page.locator(f'button[value="{tap}"]').first)
    leave(page, links[ASKED])
    picture(page, "leaving", WIDE)
    picture(page, "leaving-narrow", NARROW)
    come_in(page, house)
    page.goto("/staff/runs/1")
    picture(page, "run", WIDE)
    page.goto("/staff/accounts/D1002")
    picture(page, "account", WIDE)
    page.emulate_media(color_scheme="dark")
    picture(page, "account-dark", WIDE)


def leave(page: Page, url: str) -> None:
    """Press the button."""
    page.goto(f"{url}?lang=en")
    press(page, page.locator('button[value="topic"]'))


def picture(page: Page, name: str, width: int) -> None:
    """The whole page at a width."""
    page.set_viewport_size({"width": width, "height": 640})
    page.screenshot(path=DOCS / f"{name}.png", full_page=True, animations="disabled")


if __name__ == "__main__":
    main()
