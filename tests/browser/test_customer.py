"""The customer's way: from the link in the mail to the answer, without script, cookies or a mouse, in any light."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from newsletter.language import LANGUAGES
from newsletter.links import DoneLink
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from tests.browser.pages import flaws, listen, press
from tests.web.public.doors import Door

STOP = "Stop these mails"
BACK_UP = "It is only a back-up now"
READING = timedelta(seconds=5)


@pytest.fixture
def strict_browser(playwright: Playwright, chromium: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser whose owner allows neither scripts nor cookies."""
    preferences = tmp_path / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps({"profile": {"default_content_setting_values": {"cookies": 2}}}))
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile", executable_path=chromium, args=["--no-sandbox"], java_script_enabled=False
    )
    yield context
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def verdict(door: Door) -> State:
    """What we think of the machine that Una was written to about."""
    with door.db.read() as session:
        units, _ = verdicts_of(session, door.stage.cast.north.id, door.clock.now)
    return units[door.stage.cast.a100231.id].state


def choose(page: Page, door: Door, name: str) -> None:
    door.clock.now += READING
    press(page, page.get_by_role("button", name=name, exact=True))


def test_without_scripts_and_cookies_she_leaves_answers_and_changes_her_mind(
    strict_browser: BrowserContext, site: str, door: Door
) -> None:
    page = strict_browser.new_page()
    page.goto(site + door.una)
    choose(page, door, STOP)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are off the list.")
    assert len(door.rows()["opt_out"]) == 1
    choose(page, door, "We no longer use it")
    expect(page.get_by_role("status")).to_have_text("Thank you. Saved.")
    expect(page.get_by_role("group", name="What became of the machine?")).to_be_visible()
    choose(page, door, "Scrapped")
    assert verdict(door) is State.NOT_IN_USE
    page.goto(site + door.una)  # by the same link, another day
    page.get_by_text("Change my answer").click()
    choose(page, door, BACK_UP)
    expect(page.get_by_text(f"Your answer: {BACK_UP}")).to_be_visible()
    assert verdict(door) is State.BACKUP
    page.goto(f"{site}/staff/sign-in")
    assert strict_browser.cookies() == []  # a page that sets one: the browser does refuse them


def test_where_the_reason_leaves_it_open_a_second_question_asks_about_the_machine(
    page: Page, site: str, door: Door
) -> None:
    page.goto(site + door.una)
    choose(page, door, STOP)
    choose(page, door, "Too many mails")
    assert verdict(door) is State.UNKNOWN
    door.clock.now += READING
    press(page, page.get_by_role("group", name="VX-500").get_by_role("button", name="In use", exact=True))
    assert verdict(door) is State.IN_USE


def test_she_writes_in_her_own_words_and_reads_them_again(page: Page, site: str, door: Door) -> None:
    words = "Zwei Zeilen:\nläuft nur noch sonntags ☕ <b>fett</b>"
    page.goto(site + door.una)
    choose(page, door, STOP)
    choose(page, door, "Something else")
    page.get_by_label("What would you like to tell us?").fill(words)
    choose(page, door, "Save")
    expect(page.get_by_label("What would you like to tell us?")).to_have_value(words)


def test_she_needs_no_mouse_and_always_sees_where_she_is(page: Page, site: str, door: Door) -> None:
    page.goto(site + door.una)
    reach(page, STOP)
    send(page, "Enter")
    reach(page, BACK_UP)
    send(page, "Space")
    expect(page.get_by_role("status")).to_have_text("Thank you. Saved.")
    reach(page, "Change my answer")
    page.keyboard.press("Enter")
    reach(page, "Too many mails")
    send(page, "Enter")
    expect(page.get_by_text("Your answer: Too many mails")).to_be_visible()


def send(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def reach(page: Page, name: str) -> None:
    """Press Tab until something is in focus; whatever is passed on the way shows that it has it, unobscured."""
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate("""() => {
          const e = document.activeElement, box = e.getBoundingClientRect(), look = getComputedStyle(e);
          const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
          return {name: e.innerText.trim(), width: look.outlineStyle === 'none' ? 0 : parseFloat(look.outlineWidth),
                  isSeen: e.contains(top)};
        }""")
        assert (seen["width"] >= 2, seen["isSeen"]) == (True, True), seen
        if seen["name"] == name:
            return
    pytest.fail(f"Tab never reaches {name!r}")


def done_path(door: Door) -> str:
    link = DoneLink(door.stage.nora.person_id, door.stage.nora.delivery_id)
    return door.links.done(link).removeprefix(door.links.base_url)


def submit(page: Page, chosen: str) -> None:
    press(page, page.locator(f'button[value="{chosen}"]').first)


def change(page: Page, chosen: str) -> None:
    page.locator("summary").click()
    submit(page, chosen)


def preferences_path(door: Door) -> str:
    return door.links.preferences(door.stage.nora.person_id).removeprefix(door.links.base_url)


def save(page: Page, *, pause: str) -> None:
    page.locator(f'input[name="pause"][value="{pause}"]').check()
    press(page, page.locator("main .button"))


def visit(page: Page, path: str) -> None:
    where = urlsplit(page.url)
    page.goto(urlunsplit(where._replace(path=path)))


def take_back(page: Page, door: Door) -> None:
    door.clock.now += READING
    submit(page, "as_before")


PAGES: dict[str, Callable[[Page, Door], None]] = {
    "left": lambda page, _: submit(page, "topic"),
    "why": lambda page, _: submit(page, "not_used"),
    "second question": lambda page, _: change(page, "too_many"),
    "own words": lambda page, _: change(page, "other"),
    "the right person": lambda page, _: change(page, "wrong_person"),
    "left everything": lambda page, _: submit(page, "everything"),
    "back": take_back,
    "preferences": lambda page, door: visit(page, preferences_path(door)),
    "a wrong day": lambda page, _: save(page, pause="day"),
    "saved": lambda page, _: save(page, pause="1"),
    "sorry": lambda page, _: visit(page, "/leave/nothing"),
    "done": lambda page, door: visit(page, done_path(door)),
    "done for one": lambda page, _: press(page, page.locator("main button").first),
}
"""Where the buttons lead, in the order in which one leads to the next; the pages themselves are in test_every_page."""


@pytest.mark.parametrize("language", ["de", "ar"])
def test_what_every_button_leads_to_is_fit_for_every_reader(page: Page, site: str, door: Door, language: str) -> None:
    said = listen(page)
    page.goto(f"{site}{door.nora}?lang={language}")
    wrong = []
    for name, go_there in PAGES.items():
        go_there(page, door)
        assert page.get_attribute("html", "lang") == language
        wrong += flaws(page, name)
    assert wrong == []
    refused = ("404", "400")  # the sorry page and a wrong day, and the browser says so
    assert [words for words in said if not any(code in words for code in refused)] == []


def test_a_link_that_leads_nowhere_is_one_small_request(page: Page, site: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    answer = page.goto(f"{site}/leave/nothing")
    assert answer is not None
    assert requests == [answer.url]
    assert len(answer.body()) < 15_000


def test_fault26_a_scanner_with_a_real_browser_that_follows_every_link_changes_nothing(
    page: Page, site: str, door: Door
) -> None:
    before = door.rows()
    seen, ahead = set(), [door.nora, done_path(door)]
    while ahead:
        path = ahead.pop()
        seen.add(path)
        page.goto(site + path)
        page.mouse.move(200, 300)
        page.mouse.wheel(0, 5000)
        links: list[str] = page.eval_on_selector_all("a", "found => found.map(a => a.href)")
        ahead += {link.removeprefix(site) for link in links if link.startswith(site)} - seen - set(ahead)
    assert len(seen) == 2 * (1 + len(LANGUAGES))
    assert door.rows() == before
