"""The page of preflight: red, yellow and green in words, and what the engine saw outside by reloading."""

import html
import re
from functools import partial

import pytest

from newsletter.bulletin.answer_outside import Eyes, answer_outside
from newsletter.bulletin.checking import DomainCheck, LinkCheck
from newsletter.bulletin.write import newest_of
from newsletter.engine.timed import TIMED
from newsletter.ledger.confirm import mark
from newsletter.ledger.run import Run
from newsletter.probe.look import Care
from newsletter.probe.names import texts_of
from tests.ledger.stage import TEXT
from tests.probe.name_server import name_server
from tests.probe.web import says, site
from tests.web.staff.bulletins.newsroom import Newsroom

PAGE = "/staff/bulletins/TB-1/preflight"
PRIVATE = TEXT + "\n[Handbook](http://192.168.0.7/book)\n"


def test_each_finding_says_how_bad_it_is_what_to_do_and_where(room: Newsroom) -> None:
    room.written(PRIVATE)
    said = room.get(PAGE)
    assert "It cannot be sent like this" in said
    assert "Red: forbidden so (1)" in said
    assert "Forbidden http://192.168.0.7/book leads into a private network" in said
    assert "Do: Link to a page that everybody can reach." in said
    assert "English · line 11: [Handbook](http://192.168.0.7/book)" in said
    assert "Yellow: look at it" in said
    assert "Green: fine" in said
    link = re.search(r'href="([^"]+)">line 11<', room.open(PAGE).text)
    assert link
    assert html.unescape(link[1]) == "/staff/bulletins/TB-1/edit?as=file&line=11#source"
    room.open(html.unescape(link[1]))


def test_what_is_forbidden_is_not_sent_and_the_page_says_why(room: Newsroom) -> None:
    room.written(PRIVATE)
    look = room.open("/staff/bulletins/TB-1/send")
    assert "leads into a private network" in look.text
    assert "Send TB-1 to" not in look.text
    with room.db.read() as session:
        forged = mark(session, newest_of(session, "TB-1"))  # which is on no page
    answer = room.post("/staff/bulletins/TB-1/send", seen=forged)
    assert answer.status_code == 400
    assert "leads into a private network" in answer.text
    assert room.count(Run) == 0


def test_the_web_asks_and_the_engine_looks(room: Newsroom) -> None:
    with site(says(404)) as page, name_server({("acme.example", "TXT"): ["v=spf1 -all"]}) as resolver:
        room.written(TEXT + f"\n[Parts]({page.url('/parts', host='parts.example')})\n")
        assert "Not checked yet." in room.get(PAGE)
        asked = room.post(PAGE)
        assert asked.location == f"{PAGE}#outside"
        waiting = room.get(PAGE)
        assert "Being checked: 2 questions open." in waiting
        assert "No engine is running" in waiting
        assert page.asked == []
        care = Care(resolve=lambda _: ["127.0.0.1"], may_visit=lambda _: True, seconds=2)
        answer_outside(room.db, Eyes(care, partial(texts_of, resolver=resolver)), lambda: room.now)
        answered = room.get(PAGE)
        assert "there is nothing at this address" in answered
        assert "acme.example has no DMARC record." in answered
        assert "Last checked" in answered
        assert "Check again" in answered


def test_who_presses_twice_asks_once(room: Newsroom) -> None:
    room.written(TEXT + "\n[Parts](https://parts.example/)\n")
    assert room.post(PAGE).status_code == 303
    again = room.post(PAGE)
    assert again.status_code == 409
    assert "It was asked a moment ago." in again.text
    assert (room.count(LinkCheck), room.count(DomainCheck)) == (1, 1)


def test_looking_writes_nothing_and_a_stranger_to_bulletins_may_only_look(room: Newsroom) -> None:
    room.written(TEXT)
    sales = room.hire("sales")
    assert "Check them" not in sales.get(PAGE)
    assert sales.post(PAGE).status_code == 403
    assert room.count(DomainCheck) == 0


@pytest.mark.parametrize("number", ["TB-404", "%00", "TB-1%0A"])
def test_a_bulletin_that_is_not_there_is_not_found(number: str, sqlite_room: Newsroom) -> None:
    sqlite_room.open(f"/staff/bulletins/{number}/preflight", 404)
    assert sqlite_room.post(f"/staff/bulletins/{number}/preflight").status_code == 404
    sqlite_room.open(f"/staff/bulletins/{number}/approval", 404)
    assert sqlite_room.post(f"/staff/bulletins/{number}/approval").status_code == 404


def test_what_stands_in_a_bulletin_is_shown_as_text(sqlite_room: Newsroom) -> None:
    sqlite_room.written(
        TEXT.replace("Lubrication", "<script>alert(1)</script>") + "\n[<b>x</b>](http://intranet/<i>)\n"
    )
    page = sqlite_room.open(PAGE).text
    assert "<script>alert" not in page
    assert "<i>" not in page


def test_the_timekeeper_looks_every_few_seconds() -> None:
    (line,) = [line for line in TIMED if line.name == "look_outside"]
    assert line.seconds <= 5
