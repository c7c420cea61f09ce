"""A service colleague's morning: three new reasons, one call, one outcome, and what interests sales is theirs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import come_in, listen, press, read
from tests.running_house import RunningHouse, running

SAID = {
    "carla@valseria.example": "used_other_service",
    "weiss@lindental.example": "backup",
    "tom@north-quay.example": "wrong_person",
}
"""Who left by the demo bulletin last night, and what they tapped."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[RunningHouse]:
    """The demo house on the morning after its first bulletin, on which three people left and said why."""
    with running(tmp_path_factory.mktemp("house")) as house:
        house.wait_for_runs()
        links = {mail.to: mail.opt_out_url for mail in house.mails()}
        readers = {answer: browser.new_page() for answer in SAID.values()}
        for address, answer in SAID.items():
            readers[answer].goto(f"{links[address]}?lang=en")
            press(readers[answer], readers[answer].locator('button[value="topic"]'))
        read(readers[answer])
        for answer, page in readers.items():
            press(page, page.locator(f'button[value="{answer}"]').first)
            page.close()
        yield house


def colleague(house: RunningHouse, browser: Browser, email: str, duty: str) -> Page:
    """A colleague's own window, signed in."""
    welcome = house.command("user", "add", email, "--role", duty).strip()
    page = browser.new_page(base_url=house.url)
    page.set_default_timeout(60_000)
    come_in(page, welcome)
    return page


@pytest.fixture(scope="module")
def ann(house: RunningHouse, browser: Browser) -> Iterator[Page]:
    page = colleague(house, browser, "ann@acme.example", "service")
    yield page
    page.close()


@pytest.fixture(scope="module")
def sam(house: RunningHouse, browser: Browser) -> Iterator[Page]:
    page = colleague(house, browser, "sam@acme.example", "sales")
    yield page
    page.close()


def test_a_service_colleagues_morning(ann: Page, sam: Page, house: RunningHouse, tmp_path: Path) -> None:
    complaints = listen(ann)
    ann.goto("/staff/")
    expect(ann.get_by_text("0 yours, 3 taken by nobody.")).to_be_visible()
    ann.screenshot(path=tmp_path / "1-today.png", full_page=True)

    ann.get_by_role("link", name="Your inbox").click()
    expect(ann.get_by_role("heading", level=1)).to_have_text("3 wait for service")
    ann.screenshot(path=tmp_path / "2-inbox.png", full_page=True)

    ann.get_by_role("row", name="Officine Valseria").get_by_role("link").click()
    expect(ann.locator(".answer")).to_contain_text("in use, serviced by another company")
    heard = ann.locator(".timeline").first
    expect(heard).to_have_text(re.compile(r"said by Carla Fontana on .*, when leaving TB-DEMO-1\."))
    expect(ann.get_by_text(re.compile(r"\d+ % sure \("))).to_be_visible()
    expect(ann.get_by_role("link", name="carla@valseria.example")).to_be_visible()
    press(ann, ann.get_by_role("button", name="Take it"))
    ann.screenshot(path=tmp_path / "3-why.png", full_page=True)

    ann.get_by_label("They are interested in trade-in").check()
    ann.get_by_label("In use", exact=True).check()
    ann.get_by_label("Note", exact=True).fill("Runs two shifts. Would give it in trade for a bigger one in spring.")
    ann.screenshot(path=tmp_path / "4-outcome.png", full_page=True)
    press(ann, ann.get_by_role("button", name="Hand it to sales"))
    expect(ann.get_by_role("status")).to_have_text("Handed over. It lies in their inbox now.")

    ann.get_by_role("link", name="The next one").click()
    ann.get_by_label("No answer").check()
    press(ann, ann.get_by_role("button", name="Close it"))
    expect(ann.get_by_role("status")).to_have_text("Closed, and on the account's record.")
    ann.goto("/staff/work")
    expect(ann.get_by_role("heading", level=1)).to_have_text("1 waits for service")

    sam.goto("/staff/work")
    expect(sam.get_by_role("heading", level=1)).to_have_text("1 waits for sales")
    sam.get_by_role("row", name="Officine Valseria").get_by_role("link").click()
    expect(sam.get_by_role("heading", level=1)).to_have_text("Talk about the next machine and trade-in.")
    expect(sam.get_by_text("Would give it in trade for a bigger one in spring.").first).to_be_visible()
    expect(sam.locator("dl.facts")).to_contain_text("Follow-up about a machine")
    expect(sam.locator("main")).to_contain_text("ann@acme.example")
    sam.screenshot(path=tmp_path / "5-sales.png", full_page=True)
    sam.get_by_role("link", name="Officine Valseria").first.click()
    expect(sam.locator("main")).to_contain_text("Runs two shifts.")
    assert complaints == []
    assert len(list(tmp_path.glob("*.png"))) == 5
    assert house.ask("SELECT count(*) FROM evidence WHERE kind = 'staff_note'") == [(2,)]


def test_the_list_is_worked_through_by_keys(ann: Page, sam: Page) -> None:
    ann.goto("/staff/work?team=all")
    rows = ann.locator("table.work tbody tr")
    expect(rows).to_have_count(2)
    rows.nth(0).get_by_role("link").focus()
    ann.keyboard.press("j")
    expect(rows.nth(1).get_by_role("link")).to_be_focused()
    ann.keyboard.press("x")
    expect(rows.nth(1).get_by_role("checkbox")).to_be_checked()
    ann.keyboard.press("k")
    ann.keyboard.press("Enter")
    expect(ann.get_by_role("heading", name="Why is this here?")).to_be_visible()
    sam.goto("/staff/work")
    sam.locator("#team").focus()
    sam.keyboard.press("j")  # elsewhere keys mean what they always mean
    expect(sam.locator("#team")).to_be_focused()
