"""Fault 31: whatever customers, exports and colleagues write stays text on every page that shows it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.pages import come_in, listen, press
from tests.running_house import RunningHouse, running

ATTACKS = {
    "Customer no.": "X1",
    "Company": "<script>alert('company')</script> Works",
    "First name": "<img src=x onerror=alert('first')>",
    "Last name": "\"'><svg onload=alert('last')>",
    "E-mail": "eve@crowd.example",
    "Job title": "</td></table><script>alert('role')</script>",
    "Machine": "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "Serial no.": "S1'\"><img src=x onerror=alert('serial')>",
    "Newsletter": "y",
    "Source": "</script><script>alert('source')</script>",
    "Notes": "</ul><details open ontoggle=alert('note')>",
}
TITLE = "</title><script>alert('title')</script> for {{ name }}"
TEXT = """Dear {{ name }}, <script>alert('body')</script>

<img src=x onerror=alert('body')> <a href="javascript:alert('link')">{{ serial }}</a>

[tell us]({{ acknowledge_url }} "' onclick=alert('link title')")
"""
REASON = "<script>alert('reason')</script><img src=x onerror=alert('reason')>"
_ALIKE = r"\?|/raw$|\.(csv|xml)$|/texts/(?!de)"
"""What is no page, or one as there are many."""
_SEEN = """() => ({words: document.documentElement.innerText,
  alive: [...document.querySelectorAll('*')].filter(element =>
  [...element.attributes].some(({name, value}) => name.startsWith('on') || /^\\s*javascript:/i.test(value))
  || element.matches('[src="x"], script:not([src^="/static/"])')).map(element => element.outerHTML.slice(0, 200))})"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house whose only customer is an attacker."""
    folder: Path = tmp_path_factory.mktemp("house")
    with (folder / "base.csv").open("w", newline="", encoding="utf-8") as export:
        writer = csv.DictWriter(export, ATTACKS, delimiter=";")
        writer.writeheader()
        writer.writerow(ATTACKS)
    with running(folder, demo="false", vendor_name="Acme <b onclick=alert(1)>") as house:
        assert house.told("import", folder / "base.csv")["rejected_rows"] == 0
        yield house


@dataclass(frozen=True, slots=True)
class Seen:
    """The text of every page by address, what the browser complained of, and what came alive."""

    pages: dict[str, str]
    said: list[str]
    alive: list[str]


@pytest.fixture(scope="module")
def seen(house: RunningHouse, browser: Browser) -> Seen:
    """Every page that a colleague can get to, and those in the mail."""
    page = browser.new_page(base_url=house.url)
    said, alive = listen(page), []
    write_and_send(page, house)
    pages, ahead = {}, ["/staff/", "/mailbox", *leave_with_an_attack(page, house)]
    while ahead:
        path = ahead.pop()
        page.goto(path)
        found = [frame.evaluate(_SEEN) for frame in page.frames]
        pages[path] = "".join(frame["words"] for frame in found)
        alive += [tag for frame in found for tag in frame["alive"]]
        if path.endswith("/letter"):
            continue  # the links of a letter that is only looked at lead nowhere
        links: list[str] = page.eval_on_selector_all("a, iframe", "found => found.map(a => a.href || a.src)")
        inside = {link.removeprefix(house.url).partition("#")[0] for link in links if link.startswith(f"{house.url}/")}
        new = inside - pages.keys() - set(ahead)
        ahead += sorted(path for path in new if not re.search(_ALIKE, path))
    page.close()
    return Seen(pages, said, alive)


def write_and_send(page: Page, house: RunningHouse) -> None:
    come_in(page, house.welcome_url)
    page.goto("/staff/bulletins/new")
    page.fill("#number", "TB-EVE")
    page.fill("#title-0", TITLE)
    page.fill("#markdown-0", TEXT)
    page.get_by_label(ATTACKS["Machine"]).check()
    press(page, page.get_by_role("button", name="Save and look at it"))
    page.get_by_role("link", name="Send now").click()
    press(page, page.get_by_role("button", name="Send TB-EVE"))
    house.wait_for_runs()


def leave_with_an_attack(page: Page, house: RunningHouse) -> list[str]:
    """Leave, say why with an attack; the paths of the pages in the mail."""
    (mail,) = house.mails()
    page.goto(mail.opt_out_url)
    press(page, page.get_by_role("button", name="Stop these mails", exact=True))
    press(page, page.get_by_role("button", name="Something else"))
    page.fill("#text", REASON)
    press(page, page.get_by_role("button", name="Save", exact=True))
    return [url.removeprefix(house.url) for url in mail.urls() if url.startswith(house.url)]


def test_no_page_of_ours_runs_what_somebody_wrote(seen: Seen) -> None:
    assert (seen.said, seen.alive) == ([], [])


def test_every_kind_of_page_was_seen(seen: Seen) -> None:
    kinds = ("/staff/accounts/X1", "/staff/leaving", "/staff/bulletins/TB-EVE/", "/staff/runs/", "/mailbox/", "/done/")
    assert [kind for kind in kinds if not any(path.startswith(kind) for path in seen.pages)] == []
    assert len(seen.pages) > 20


@pytest.mark.parametrize(
    ("path", "wording"),
    [
        ("/staff/accounts", ATTACKS["Company"]),
        ("/staff/accounts/X1", ATTACKS["First name"]),
        ("/staff/accounts/X1", ATTACKS["Last name"]),
        ("/staff/accounts/X1", ATTACKS["Machine"]),
        ("/staff/accounts/X1", ATTACKS["Serial no."].upper()),
        ("/staff/accounts/X1", ATTACKS["Notes"]),
        ("/staff/accounts/X1", REASON),
        ("/staff/leaving", REASON),
        ("/staff/bulletins", "</title><script>alert('title')</script>"),
        ("/staff/runs/1", "</title><script>alert('title')</script>"),
        ("/mailbox", "</title><script>alert('title')</script>"),
    ],
)
def test_what_somebody_wrote_is_shown_to_the_letter(seen: Seen, path: str, wording: str) -> None:
    assert wording in seen.pages[path]
