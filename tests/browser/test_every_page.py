"""WCAG 2.2 AA, no script, no cookie, one small request: every page of the house, by name.

A page that is added must be added here; the first test says so.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from tests.browser.full_house import ADA, FullHouse
from tests.browser.keyboard import lost_on_the_way
from tests.browser.pages import come_in, flaws, listen, narrow_flaws

PUBLIC = {
    "show": "{nora}",
    "show, gone": "{pia}",
    "show_why": "{una}/why",
    "show_unit": "{una}/unit",
    "show_undo": "{una}/undo",
    "show_contact": "{una}/contact",
    "show_answer": "{una}/answer/not_used",
    "show_right_person": "{una}/right-person",
    "show_preferences": "{preferences}",
    "show_new_address": "{preferences}/address",
    "show_ask_mine": "{preferences}/mine",
    "show_ask_erase": "{preferences}/erase",
    "show_mine": "{mine}",
    "show_erase": "{mine}/erase",
    "show_ask_preferences": "/preferences",
    "show_ask_stop": "/stop",
    "show_stop": "{stop}",
    "show_subscribe": "/subscribe",
    "show_confirm": "{confirm}",
    "show_change": "{address}",
    "show_running": "{running}",
    "show_running, tapped": "{running}/in_use",
    "show_check_in": "{check_in}",
    "show_jobs": "{done}",
    "show_trap": "{about}",
    "show_letter": "{view}",
    "show_topics": "/archive",
    "show_topic": "/archive/bulletins",
    "show_published": "/archive/bulletins/TB-DEMO-1",
    "show_published, hard to set": "/archive/bulletins/TB-LONG",
}
"""What customers see: the page's name, and where it is."""

STAFF = {
    "approving.page": "/staff/bulletins/TB-NEXT/approval",
    "archive.listed": "/staff/archive",
    "blocks.build": "/staff/bulletins/TB-BLOCKS/blocks",
    "blocks.build, one text": "/staff/bulletins/TB-NEXT/blocks",
    "bulletins.bulletin": "/staff/bulletins/TB-NEXT",
    "bulletins.listed": "/staff/bulletins",
    "bulletins.machines": "/staff/bulletins/SB-1/machines",
    "bursts.burst": "/staff/bursts/{burst}",
    "check_in_texts.text": "/staff/check-ins/texts/ar",
    "check_ins.listed": "/staff/check-ins",
    "check_ins.round": "/staff/check-ins/rounds/{round}",
    "coverage.ending": "/staff/coverage/ending",
    "coverage.renewal": "/staff/coverage/renewal",
    "coverage.unreached": "/staff/coverage",
    "letters.troubled": "/staff/letters",
    "mailbox.message": "/mailbox/{mail}",
    "mailbox.messages": "/mailbox",
    "months.month": "/staff/calendar",
    "newsletter_import.upload": "/staff/bulletins/import",
    "noting.ask": "/staff/people/{gone}/stop",
    "pictures.listed": "/staff/pictures",
    "preflight.page": "/staff/bulletins/TB-NEXT/preflight",
    "question_experiments.experiment": "/staff/questions/experiments/{trial}",
    "question_experiments.new": "/staff/questions/experiments/new",
    "question_writing.write": "/staff/questions/{wording}/write?language=ar",
    "questions.listed": "/staff/questions",
    "questions.version": "/staff/questions/{wording}?language=ar",
    "record.contact": "/staff/records/{account}/contact",
    "record.know": "/staff/records/{account}/known/competitor",
    "record.note": "/staff/records/{account}/note",
    "record.verdict": "/staff/records/{account}/verdict",
    "reminding.machines": "/staff/bulletins/SB-1/done",
    "reports.calibration": "/staff/reports/calibration",
    "reports.base": "/staff/reports",
    "reports.owners": "/staff/reports/owners",
    "reports.reasons": "/staff/reports/reasons",
    "reports.work": "/staff/reports/work",
    "segment_lists.upload": "/staff/segments/lists",
    "segments.listed": "/staff/segments",
    "segments.new": "/staff/segments/new",
    "segments.segment": "/staff/segments/without-agreement",
    "sending.look": "/staff/bulletins/TB-NEXT/send",
    "series.listed": "/staff/series",
    "series.one": "/staff/series/{series}",
    "silence.listed": "/staff/silence",
    "staff.account": "/staff/accounts/K1",
    "staff.account, another day": "/staff/accounts/K1?as_of=2026-01-01",
    "staff.account, signs": "/staff/accounts/K1?kind=signs",
    "staff.accounts": "/staff/accounts",
    "staff.leaving": "/staff/leaving",
    "staff.today": "/staff/",
    "steering.ask_to_cancel": "/staff/runs/{run}/cancel",
    "themes.listed": "/staff/themes",
    "themes.new": "/staff/themes/new",
    "themes.theme": "/staff/themes/red",
    "watching.copies": "/staff/runs/{sent}/copies/accepted",
    "watching.left_out": "/staff/runs/{sent}/left-out",
    "results.people": "/staff/runs/{sent}/results/people",
    "results.people, nobody": "/staff/runs/{sent}/results/people?show=in-doubt",
    "results.results": "/staff/runs/{sent}/results",
    "watching.run": "/staff/runs/{run}",
    "watching.run, over": "/staff/runs/{sent}",
    "why.ask": "/staff/why",
    "why.ask, answered": "/staff/why?address=nora@toolroom-north.example",
    "why.ask, choosing": "/staff/why?address=a",
    "work.listed": "/staff/work?team=all",
    "work_desk.mine": "/staff/work/mine",
    "work_one.work": "/staff/work/{work}",
    "work_rules.listed": "/staff/work/rules",
    "work_rules.rule": "/staff/work/rules/{rule}",
    "work_rules.write": "/staff/work/rules/write",
    "past.history": "/staff/bulletins/TB-NEXT/history",
    "snippets.listed": "/staff/snippets",
    "snippets.snippet": "/staff/snippets/{snippet}",
    "writing.edit": "/staff/bulletins/TB-NEXT/edit",
    "writing.edit, a file": "/staff/bulletins/TB-NEXT/edit?as=file",
    "writing.edit, two languages": "/staff/bulletins/TB-DEMO-1/edit",
    "writing.new": "/staff/bulletins/new",
}
"""What colleagues see."""

WAY_IN = {"way_in.sign_in": "/staff/sign-in", "way_in.welcome": "{welcome}"}
"""What they see before they are in."""

PARTS = {
    "blocks.letter",
    "bulletins.letter",
    "check_in_texts.letter",
    "editor_preview.people",
    "mailbox.html",
    "question_preview.show",
    "segments.count",
    "themes.sample",
    "watching.progress",
    "why.letter",
}
"""Parts of pages: a letter or a page in a frame, and the figures of a run that move."""

FILES = {"files.file", "mailbox.raw", "public.picture", "static"}

SMALL = 15_000  # octets


@pytest.fixture(scope="module")
def desk(full_house: FullHouse, full_site: str, browser: Browser) -> Iterator[Page]:
    """The window of a colleague with every duty, signed in."""
    page = browser.new_page(base_url=full_site)
    page.set_default_timeout(60_000)
    come_in(page, f"/staff/welcome/{invite(full_house.door.db, ADA, list(Duty), full_house.door.clock.now)}")
    yield page
    page.close()


@pytest.fixture(scope="module")
def reader(full_site: str, browser: Browser) -> Iterator[Page]:
    """A customer's window."""
    page = browser.new_page(base_url=full_site, locale="en-GB")
    yield page
    page.close()


@pytest.fixture(scope="module")
def strict(full_site: str, browser: Browser) -> Iterator[Page]:
    """The window of somebody who allows no scripts."""
    page = browser.new_page(base_url=full_site, locale="en-GB", java_script_enabled=False)
    yield page
    page.close()


def test_every_page_of_the_house_is_looked_at(full_house: FullHouse) -> None:
    known = {f"public.{name}" for name in PUBLIC} | STAFF.keys() | WAY_IN.keys()
    looked_at = {name.partition(",")[0] for name in known} | PARTS | FILES
    pages = {
        rule.endpoint
        for rule in full_house.door.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.endswith((".csv", ".xml")) and "/api/" not in rule.rule
    }
    assert pages == looked_at


def wrong_with(page: Page, name: str, path: str) -> str:
    """What is wrong with a page, and with going through it by Tab."""
    said = listen(page)
    answer = page.goto(path)
    assert answer
    assert (answer.status, answer.request.redirected_from) == (200, None)
    page.eval_on_selector_all("details", "found => found.forEach(folded => folded.open = true)")
    return "\n".join([*flaws(page, name), *lost_on_the_way(page), *said])


@pytest.mark.parametrize("name", STAFF)
def test_colleagues_every_page_is_for_everybody(desk: Page, full_house: FullHouse, name: str) -> None:
    assert wrong_with(desk, name, STAFF[name].format_map(full_house.parts)) == ""


@pytest.mark.parametrize("name", WAY_IN)
def test_the_way_in_is_for_everybody(reader: Page, full_house: FullHouse, name: str) -> None:
    assert wrong_with(reader, name, WAY_IN[name].format_map(full_house.parts)) == ""


@pytest.mark.parametrize("name", PUBLIC)
def test_customers_every_page_is_for_everybody(reader: Page, full_house: FullHouse, name: str) -> None:
    path = PUBLIC[name].format_map(full_house.parts)
    assert wrong_with(reader, name, path) == ""
    reader.goto(f"{path}?lang=ar")
    assert reader.locator("html[lang=ar][dir=rtl]").count() == 1
    assert narrow_flaws(reader, f"{name} in Arabic") == []


@pytest.mark.parametrize("name", PUBLIC)
def test_customers_every_page_is_one_small_request_without_script_and_cookie(
    strict: Page, full_house: FullHouse, name: str
) -> None:
    asked: list[str] = []
    strict.on("request", lambda request: asked.append(request.url))
    answer = strict.goto(PUBLIC[name].format_map(full_house.parts))
    assert answer
    assert asked == [answer.url]
    assert len(answer.body()) < SMALL
    assert "<script" not in answer.text()
    assert strict.locator("h1").is_visible()
    assert strict.context.cookies() == []
