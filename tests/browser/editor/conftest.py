from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from newsletter.bulletin.snippet import save_snippet
from newsletter.bulletin.write import write
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from tests.browser.editor.at_the_desk import BOTH, EDIT, Hire, counted
from tests.browser.pages import come_in
from tests.quick import hash_quickly
from tests.running_house import wait_until
from tests.web.public.doors import Door


@pytest.fixture
def hire(door: Door, site: str, browser: Browser) -> Iterator[Hire]:
    """A marketer's window, signed in."""
    hash_quickly(door.app)
    answering = counted(door)
    pages: list[Page] = []

    def make(name: str = "ada", *, scripts: bool = True) -> Page:
        page = browser.new_context(base_url=site, java_script_enabled=scripts).new_page()
        page.set_default_timeout(10_000)
        pages.append(page)
        come_in(page, f"/staff/welcome/{invite(door.db, f'{name}@vendor.example', [Duty.MARKETER], door.clock.now)}")
        return page

    yield make
    for page in pages:
        page.context.close()
    # A late draft would be written into the next test's house.
    wait_until(lambda: not answering, "the server has answered")


@pytest.fixture(autouse=True)
def _bulletin(door: Door) -> None:
    """TB-1 is there, in two languages."""
    with door.db.write() as session:
        write(session, BOTH, "mara", door.clock.now)
    save_snippet(door.db, None, "Service", "Call **us**.\n", author="mara", now=door.clock.now)


@pytest.fixture
def desk(hire: Hire) -> Page:
    """Ada's window, with TB-1 in the editor."""
    page = hire()
    page.goto(EDIT)
    return page
