"""Rows 31 to 36 of the fault table at the marketer's desk: editor, preview, history, results, calendar."""

import re
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from werkzeug.test import TestResponse

from newsletter.bulletin.compose import List, Press
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Machine, Reader
from newsletter.errors import Refused
from tests.ledger import stage
from tests.ledger.stage import SENDER, TEXT
from tests.web.public.test_archive import MUTATIONS
from tests.web.staff.bulletins.newsroom import FIELDS, MODELS, Newsroom

PREVIEW, SAID = "/staff/editor/preview", "/staff/editor/said"
BRACES = ["{{7*7}}", "{{ ''.__class__.__mro__ }}", "{% for x in range(9) %}x{% endfor %}", "{{ name | e }}", "${7*7}"]
HEADERS = [
    "Oil\r\nBcc: all@vendor.example",
    "Oil\nX-Evil: 1",
    "=?utf-8?q?a=0D=0ABcc:_x@y.example?=",
    "a\x00b",
    "a\x85b",
]
BODIES = ["a\n.\nQUIT\n", "a\r.\rb", "x" * 5000, "ends with a dot\n.", "\n.\n.\n"]
QUERIES = [
    "' OR 1=1 --",
    "1; DROP TABLE run",
    "\0",
    "%00",
    "-1",
    "9" * 40,
    "../../etc/passwd",
    "{{7*7}}",
    "<svg onload=x>",
]
READER = Reader("nora@toolroom.example", "Nora", "Frost", "en", (Machine(1, "VX-500", "A100231", "", ""),), ())


class _Alive(HTMLParser):
    """What of a page a browser would act on that is not ours."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: str(value) for name, value in attrs}
        if tag in {"math", "noscript", "object"} or (tag == "script" and not given["src"].startswith("/static/")):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "srcdoc"]
        links = () if tag == "link" else (given.get("href", ""), given.get("src", ""), given.get("action", ""))
        self.found += [link for link in links if re.match(r"\s*(javascript|data|vbscript):", link, re.IGNORECASE)]


def is_inert(answer: TestResponse) -> bool:
    rules = answer.headers["Content-Security-Policy"].split("; ")
    assert not [rule for rule in rules if "unsafe-inline" in rule and not rule.startswith("style-src")]  # a letter's
    return _Alive(answer.text).found == []


@pytest.mark.parametrize("payload", [*MUTATIONS, *BRACES])
def test_fault_31_32_33_nothing_of_a_text_lives_or_is_computed(sqlite_room: Newsroom, payload: str) -> None:
    typed = {**FIELDS, "models": MODELS, "markdown-0": f"Before.\n\n{payload}\n\nAfter.", "title-0": payload[:60]}
    for page in (PREVIEW, SAID, "/staff/bulletins/new"):
        answer = sqlite_room.post(page, **typed)
        assert answer.status_code in {200, 303, 400}
        assert is_inert(answer)
        assert "49" not in answer.text.partition("Before.")[2].partition("After.")[0]
    for page in ("", "/edit", "/history", "/preflight", "/approval", "/letter", "/send"):
        answer = sqlite_room.browser.get(f"/staff/bulletins/TB-1{page}", base_url="https://news.vendor.example")
        assert answer.status_code in {200, 400, 404}
        assert is_inert(answer)


@pytest.mark.parametrize("title", HEADERS)
def test_fault_34_no_title_makes_a_header_field(title: str, sqlite_room: Newsroom) -> None:
    sqlite_room.post("/staff/bulletins/new", **{**FIELDS, "models": MODELS, "title-0": title})
    text = TEXT.replace("title: ", f"title: {title} ", 1)
    try:
        octets = press(sqlite_room, text).octets(READER, person_id=1, delivery_id=1, date=sqlite_room.now)
    except Refused:
        return
    letter = message_from_bytes(octets, policy=policy.SMTP)
    assert {"Bcc", "X-Evil"}.isdisjoint(letter.keys())
    assert len(letter.get_all("Subject", [])) == 1


@pytest.mark.parametrize("body", BODIES)
def test_fault_35_only_whole_lines_of_fit_length_go_over_the_wire(body: str, sqlite_room: Newsroom) -> None:
    octets = press(sqlite_room, f"{TEXT}\n\n{body}").octets(READER, person_id=1, delivery_id=1, date=sqlite_room.now)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", octets)
    assert max(map(len, octets.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("query", QUERIES)
def test_fault_36_no_address_asks_the_database_for_more(room: Newsroom, query: str) -> None:
    run = stage.started(room.db, room.links, room.now)
    asked = {
        f"/staff/runs/{run}/results/people": ("show", "after"),
        f"/staff/runs/{run}/results": ("show",),
        f"/staff/runs/{run}/left-out": ("rule",),
        "/staff/calendar": ("month",),
        "/staff/pictures": ("skip",),
        "/staff/why": ("address", "bulletin"),
        "/staff/editor/people": ("who",),
        "/archive": ("page",),
    }
    for page, names in asked.items():
        for name in names:
            answer = room.browser.get(page, base_url="https://news.vendor.example", query_string={name: query})
            assert answer.status_code in {200, 400, 404}, (page, name)
            assert is_inert(answer), page


def press(room: Newsroom, text: str) -> Press:
    return Press(read_source(text), SENDER, List(1, "bulletins", "Bulletins"), room.links, "seed")
