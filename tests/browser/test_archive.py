"""The public archive in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from newsletter.archive.opening import open_archive
from newsletter.bulletin.bulletin import Version
from tests.archive.newsstand import sent
from tests.web.public.doors import Door

DEMO = Path(__file__).parents[2] / "demo" / "bulletin.md"


@pytest.fixture(autouse=True)
def _published(door: Door) -> None:
    with door.db.write() as session:
        session.execute(update(Version).values(source=DEMO.read_text(encoding="utf-8")))
        sent(session, DEMO.read_text(encoding="utf-8"), door.stage.cast.bulletins, door.clock.now)
    open_archive(door.db, "bulletins", "mara", door.clock.now)


def test_it_is_read_without_a_script_by_links_alone(site: str, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False, locale="de-DE").new_page()
    page.goto(f"{site}/archive")
    page.get_by_role("link", name="Technical bulletins").click()
    page.get_by_role("link", name="Kühlmittelfilter").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Ein verstopfter Filter kostet Spindelleben"
    assert page.context.cookies() == []
    page.context.close()
