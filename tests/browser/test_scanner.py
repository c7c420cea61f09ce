"""Fault 26: a mail gateway with a real browser before a real mail of a running house."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.running_house import Mail, RunningHouse, wait_until

STANDING = """SELECT count(*) FROM evidence WHERE says IS NOT NULL AND person_id IS NOT NULL
  AND id NOT IN (SELECT supersedes_id FROM evidence WHERE supersedes_id IS NOT NULL)"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def mail_to(house: RunningHouse, address: str) -> Mail:
    return next(mail for mail in house.mails() if mail.to == address)


def links_of(house: RunningHouse, mail: Mail) -> list[str]:
    return sorted(url for url in mail.urls() if url.startswith(house.url))


def verdicts(house: RunningHouse) -> set[str]:
    return {verdict for (verdict,) in house.ask("SELECT DISTINCT verdict FROM hit")}


def test_fault26_every_link_of_a_mail_opened_with_get_and_head_and_scripts_changes_nothing(
    house: RunningHouse, page: Page
) -> None:
    urls = links_of(house, mail_to(house, "maike@lindental.example"))
    assert any("/about/" in url for url in urls)
    with house.engine_stands_still():
        before = house.rows()
        for url in urls:
            assert page.request.head(url).status == 200
            page.goto(url)
            page.mouse.wheel(0, 5000)
        assert house.rows() == before
    # Only now: an engine that stands still in the middle of a transaction lets nobody else write.
    wait_until(lambda: house.ask("SELECT count(*) FROM hit") == [(2 * len(urls),)], "the hits are kept")
    wait_until(lambda: verdicts(house) == {"machine"}, "they are judged")


def test_fault26_nobody_who_reads_the_mail_sees_or_hears_of_the_hidden_link(house: RunningHouse, page: Page) -> None:
    mail = mail_to(house, "maike@lindental.example").message
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "/about/" not in text.get_content()
    page.set_content(html.get_content())
    trap = page.locator("a[href*='/about/']")
    assert trap.count() == 1
    assert not trap.is_visible()
    assert "/about/" not in str(page.locator("body").aria_snapshot())
    for _ in range(20):
        page.keyboard.press("Tab")
        assert "/about/" not in str(page.evaluate("document.activeElement.href || ''"))


def test_fault26_every_answer_pressed_at_once_is_obeyed_as_a_wish_and_not_believed(
    house: RunningHouse, page: Page
) -> None:
    mail = mail_to(house, "weiss@lindental.example")
    assert page.request.post(mail.opt_out_url, form={"List-Unsubscribe": "One-Click"}).status == 200
    page.goto(f"{mail.opt_out_url}?lang=en")
    reasons = page.eval_on_selector_all("button[name=reason]", "found => [...new Set(found.map(b => b.value))]")
    assert len(reasons) > 5
    shown = page.locator("input[name=shown]").first.get_attribute("value") or ""
    for reason in reasons:
        page.request.post(f"{mail.opt_out_url}/why", form={"reason": reason, "shown": shown})
    wait_until(lambda: house.ask(STANDING) == [(0,)], "nothing is believed")
    assert house.ask("SELECT count(*) FROM opt_out") == [(1,)]
    assert house.ask("SELECT count(*) FROM evidence WHERE kind = 'opt_out_answer'") > [(0,)]  # kept, and not counted
