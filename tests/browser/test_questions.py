"""A colleague words the question anew, sees it as readers do, puts it in force, and tries it against ours."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.question.wording import FIRST_OF_STAFF
from tests.browser.pages import listen, press
from tests.running_house import RunningHouse

VERSION = f"/staff/questions/{FIRST_OF_STAFF}"


@pytest.fixture(scope="module")
def complaints(desk: Page) -> list[str]:
    return listen(desk)


@pytest.fixture(scope="module")
def worded(desk: Page, complaints: list[str]) -> str:
    """Where the version stands that she wrote, in two languages."""
    assert complaints == []
    desk.get_by_role("link", name="Questions").click()
    desk.get_by_role("link", name="Write a new version").click()
    desk.get_by_label("Name, for colleagues").fill("Short")
    desk.get_by_label("The question", exact=True).fill("Why do you leave?")
    desk.locator("#on-too_many").uncheck()
    desk.locator("#place-other").fill("1")
    press(desk, desk.get_by_role("button", name="Save and look at it"))
    desk.goto(f"{VERSION}/write?language=ar")
    desk.get_by_label("The question", exact=True).fill("لماذا تغادرون؟")
    press(desk, desk.get_by_role("button", name="Save and look at it"))
    return desk.url


@pytest.fixture(scope="module")
def in_force(desk: Page, worded: str) -> str:
    """The same, once every topic is asked in it."""
    desk.goto("/staff/questions")
    row = desk.get_by_role("row", name=re.compile("^All topics"))
    row.get_by_label("Version for All topics").select_option(str(FIRST_OF_STAFF))
    press(desk, row.get_by_role("button", name="Put in force"))
    expect(desk.get_by_role("status")).to_have_text(f"Readers are asked in version {FIRST_OF_STAFF} from now on.")
    return worded


def test_she_sees_it_as_a_reader_does_in_any_direction(desk: Page, worded: str) -> None:
    desk.goto(worded)
    expect(desk.get_by_role("heading", level=1)).to_have_text(f"Version {FIRST_OF_STAFF}, “Short”")
    frame = desk.frame_locator("iframe.letter")
    expect(frame.locator("html")).to_have_attribute("dir", "rtl")
    expect(frame.get_by_role("heading", name="لماذا تغادرون؟")).to_be_visible()
    desk.get_by_label("Language").select_option("en")
    press(desk, desk.get_by_role("button", name="Show"))
    answers = frame.locator(".choices button")
    expect(answers).to_have_count(10)
    expect(answers.first).to_have_text("Something else")
    answers.first.click()  # a dead button: the page stays
    expect(frame.get_by_role("heading", name="Why do you leave?")).to_be_visible()


def test_the_reader_gets_what_she_saw(in_force: str, house: RunningHouse, browser: Browser) -> None:
    assert in_force
    reader = browser.new_page()
    mail = next(mail for mail in house.mails() if mail.to.startswith("carla@"))
    reader.goto(f"{mail.opt_out_url}?lang=en")
    press(reader, reader.get_by_role("button", name="Stop these mails", exact=True))
    expect(reader.get_by_role("heading", name="Why do you leave?")).to_be_visible()
    expect(reader.get_by_role("button", name="Too many mails")).to_have_count(0)
    reader.close()


def test_what_readers_saw_is_kept_and_two_wordings_are_tried(desk: Page, in_force: str) -> None:
    desk.goto(in_force)
    expect(desk.get_by_role("link", name="Make a new version of it")).to_be_visible()
    desk.goto("/staff/questions")
    desk.get_by_role("link", name="Try two wordings").click()
    desk.get_by_label("First version").select_option("2")
    desk.get_by_label("Second version").select_option(str(FIRST_OF_STAFF))
    press(desk, desk.get_by_role("button", name="Start now"))
    expect(desk.locator(".answer")).to_have_text(re.compile("^Too early to say"))
    press(desk, desk.get_by_role("button", name=f"End it, keep version {FIRST_OF_STAFF}"))
    expect(desk.get_by_role("status")).to_have_text(f"It is over. Version {FIRST_OF_STAFF} is in force.")


def test_a_browser_complains_of_nothing_but_the_dead_button(desk: Page, in_force: str, complaints: list[str]) -> None:
    desk.goto(in_force)
    assert [said for said in complaints if "Blocked form submission" not in said] == []
