"""The colleague's way: in by a one-time link, from an empty page to a bulletin that went out, and to what it taught."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import listen, press, read
from tests.running_house import RunningHouse, wait_until

NUMBER = "TB-GUARD"
TEXT = "Dear {{ name }},\n\nlook at the guard of **{{ model }} {{ serial }}** and order [screws](https://www.acme.example/s)."
RIGHT_HAND = "Ada Marsh"


@pytest.fixture(scope="module")
def complaints(desk: Page) -> list[str]:
    """What her browser complained of."""
    return listen(desk)


@pytest.fixture(scope="module")
def written(desk: Page, complaints: list[str]) -> str:
    """Where the bulletin stands that she wrote in fields."""
    assert complaints == []
    desk.get_by_role("link", name="Bulletins").click()
    desk.get_by_role("link", name="Write a bulletin").click()
    desk.get_by_label("Number", exact=True).fill(NUMBER)
    desk.get_by_label("Title").fill("Look at the guard")
    desk.get_by_label("Text", exact=True).fill(TEXT)
    for model in ("VX-500", "VX-500i"):
        desk.get_by_label(model, exact=True).check()
    press(desk, desk.get_by_role("button", name="Save and look at it"))
    return desk.url


@pytest.fixture(scope="module")
def sent(desk: Page, written: str, house: RunningHouse) -> str:
    """Where the run stands that she watched to its end."""
    desk.goto(written)
    desk.get_by_role("link", name="Send now").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Send it now?")
    with house.engine_stands_still():
        press(desk, desk.get_by_role("button", name=f"Send {NUMBER} to 11 people"))
        expect(desk.get_by_role("button", name="Pause").or_(desk.get_by_role("link", name="Cancel"))).to_be_visible()
    # Nobody reloads: the page's own script does.
    expect(desk.get_by_text("Finished").first).to_be_visible(timeout=120_000)
    return desk.url


@pytest.fixture
def customer(browser: Browser) -> Iterator[Page]:
    """Somebody else's window."""
    page = browser.new_page()
    yield page
    page.close()


def test_the_one_time_link_lets_her_in_and_nobody_after_her(desk: Page, house: RunningHouse, customer: Page) -> None:
    desk.goto(f"{house.url}/staff/")
    expect(desk.get_by_role("button", name="Sign out")).to_be_visible()
    again = customer.goto(house.welcome_url)
    assert again is not None
    assert again.status == 404
    customer.goto(f"{house.url}/staff/accounts")
    expect(customer).to_have_url(re.compile("/staff/sign-in"))


def test_she_sees_how_many_get_it_and_who_is_left_out_by_which_rule(desk: Page, written: str) -> None:
    desk.goto(written)
    expect(desk.locator(".answer")).to_have_text("11 people get it; 1 does not.")
    desk.get_by_text("By name").click()
    expect(desk.get_by_role("row", name="Inés Robles")).to_contain_text("The person opted out of this topic")


def test_she_sees_it_as_a_person_she_chooses_will(desk: Page, written: str) -> None:
    desk.goto(written)
    desk.get_by_label("Another reader").select_option(label=f"{RIGHT_HAND}, ada@north-quay.example")
    press(desk, desk.locator("form", has=desk.locator("#reader")).get_by_role("button", name="Show"))
    expect(desk.get_by_role("heading", name=f"As {RIGHT_HAND} gets it")).to_be_visible()
    letter = desk.frame_locator("iframe.letter")
    expect(letter.get_by_text(f"Dear {RIGHT_HAND},")).to_be_visible()
    expect(letter.get_by_text("VX-500 A200101").first).to_be_visible()
    desk.get_by_text("As plain text").click()
    expect(desk.locator("pre.source")).to_contain_text("look at the guard of *VX-500 A200101*")


def test_a_test_mail_arrives_set_as_for_that_person_who_cannot_be_made_to_leave_by_it(
    desk: Page, written: str, house: RunningHouse, customer: Page
) -> None:
    desk.goto(written)
    desk.locator("#test-address").fill("me@acme.example")
    press(desk, desk.get_by_role("button", name="Send a test"))
    expect(desk.get_by_text("A test goes to me@acme.example")).to_be_visible()
    wait_until(lambda: "me@acme.example" in [mail.to for mail in house.mails()], "the test mail arrives")
    mail = next(mail for mail in house.mails() if mail.to == "me@acme.example")
    assert "Dear Carla Fontana," in mail.source.decode()
    answer = customer.goto(mail.opt_out_url)
    assert answer is not None
    assert answer.status == 404


def test_she_watches_the_run_reach_its_end(desk: Page, sent: str, house: RunningHouse) -> None:
    desk.goto(sent)
    expect(desk.get_by_role("progressbar")).to_have_attribute("value", "100")
    arrived = [mail for mail in house.mails() if mail.message.get("Feedback-ID", "").startswith(f"{NUMBER}:")]
    assert len({mail.to for mail in arrived} - {"me@acme.example"}) == 11


def test_the_answer_a_customer_gives_is_on_the_account_when_she_opens_it(
    desk: Page, sent: str, house: RunningHouse, customer: Page
) -> None:
    customer.goto(f"{house.url}/mailbox")
    customer.get_by_role("row", name="carla@valseria.example").get_by_role("link", name="Look at the guard").click()
    with customer.expect_popup() as opened:
        customer.frame_locator("iframe").get_by_role("link", name="Stop these mails").click()
    page = opened.value
    page.goto(f"{page.url}?lang=en")
    press(page, page.get_by_role("button", name="Stop these mails", exact=True))
    read(page)
    press(page, page.get_by_role("button", name="another company services it"))
    page.close()
    desk.goto(f"{house.url}/staff/accounts?q=Valseria")
    desk.get_by_role("link", name="Officine Valseria").click()
    expect(desk.locator(".answer")).to_have_text(
        re.compile(r"In use, serviced by another company: said by Carla Fontana on .*, when leaving TB-GUARD\.")
    )
    desk.goto(f"{house.url}/staff/leaving")
    expect(desk.get_by_role("cell", name="another company services it")).to_be_visible()
    desk.goto(f"{sent}#taught")
    expect(desk.get_by_text("1 machine confirmed in use")).to_be_visible()


def test_her_browser_has_nothing_to_complain_of(desk: Page, sent: str, complaints: list[str]) -> None:
    for page in (
        "/staff/",
        "/staff/accounts",
        "/staff/accounts/D1004",
        "/staff/bulletins",
        f"/staff/bulletins/{NUMBER}",
    ):
        desk.goto(page)
    desk.goto(sent)
    assert complaints == []
