"""The public archive and a letter in a browser, as a reader with any eyes and any language sees them."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from newsletter.archive.opening import open_archive
from newsletter.bulletin.bulletin import Version
from tests.archive.newsstand import sent, source
from tests.browser.pages import cut_off, flaws, listen
from tests.web.public.doors import Door

DEMO = Path(__file__).parents[2] / "demo" / "bulletin.md"


@pytest.fixture(autouse=True)
def _published(door: Door) -> None:
    with door.db.write() as session:
        session.execute(update(Version).values(source=DEMO.read_text(encoding="utf-8")))
        sent(session, DEMO.read_text(encoding="utf-8"), door.stage.cast.bulletins, door.clock.now)
        long = source("TB-2", text="```\n" + "G28 X0 Y0 Z0 " * 40 + "\n```\n\n" + "x" * 400)
        sent(session, long, door.stage.cast.bulletins, door.clock.now - timedelta(days=1))
    open_archive(door.db, "bulletins", "mara", door.clock.now)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_wcag_1_4_10_and_axe_find_nothing(door: Door, site: str, browser: Browser, language: str) -> None:
    view = door.links.view(door.links.opt_out(door.stage.nora)).removeprefix(door.links.base_url)
    page = browser.new_page()
    said = listen(page)
    found, gone, asked = [], [], []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/archive", "/archive/bulletins", "/archive/bulletins/TB-DEMO-1", "/archive/bulletins/TB-2", view):
        asked.clear()
        page.goto(f"{site}{path}?lang={language}")
        assert len(asked) == 1, "one request and nothing from elsewhere"
        found += flaws(page, path)
        gone += cut_off(page)
    page.close()
    assert (found, [flaw for flaw in gone if not flaw.startswith("<table")], said) == ([], [], [])


def test_it_is_read_without_a_script_by_links_alone(site: str, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False, locale="de-DE").new_page()
    page.goto(f"{site}/archive")
    page.get_by_role("link", name="Technical bulletins").click()
    page.get_by_role("link", name="Kühlmittelfilter").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Ein verstopfter Filter kostet Spindelleben"
    assert page.context.cookies() == []
    page.context.close()
