"""One field, one answer: the page and what links to it."""

import pytest

from newsletter.ledger.states import Event
from tests.ledger import stage
from tests.web.staff.bulletins.newsroom import Newsroom
from tests.web.staff.bulletins.test_bulletin_runs import settle

NORA = "nora@toolroom-north.example"


@pytest.fixture
def run(room: Newsroom) -> int:
    return stage.started(room.db, room.links, room.now)


def test_the_answer_has_the_time_the_words_the_account_and_the_copy(room: Newsroom, run: int) -> None:
    settle(room, run, Event.ACCEPT)
    path = f"/staff/why?address={NORA}&bulletin=TB-1"
    page = room.get(path)
    assert "TB-1: Yes" in page
    assert "Their server accepted it on 21 Nov 2026, 10:00:00 CET: “250 accept”" in page
    copy = stage.copies(room.db, run)[0]
    assert f"/staff/copies/{copy.id}/letter" in room.open(path).text
    assert "/staff/accounts/K1" in room.open(path).text
    letter = room.open(f"/staff/copies/{copy.id}/letter")
    assert "Hello Nora Frost" in letter.text
    assert "sandbox" in letter.headers["Content-Security-Policy"]


def test_without_a_bulletin_the_last_ones_are_answered(room: Newsroom, run: int) -> None:
    stage.started(room.db, room.links, room.now, stage.TEXT.replace("TB-1", "TB-2"))
    page = room.get(f"/staff/why?address={NORA}")
    assert page.index("TB-2: Not yet") < page.index("TB-1: Not yet")
    assert run


def test_part_of_a_name_is_a_choice(room: Newsroom, run: int) -> None:
    page = room.open("/staff/why?address=fro&bulletin=TB-1")
    assert "/staff/why?address=nora@toolroom-north.example&amp;bulletin=TB-1" in page.text
    assert "Nobody on record has “zz” in their name or address." in room.get("/staff/why?address=zz")
    assert run


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("address=a@b@c", 400, "is no e-mail address"),
        (f"address={NORA}&bulletin=TB-9", 404, "There is no bulletin"),
        (f"address={NORA}&bulletin=%01", 404, "There is no such bulletin"),
        ("address=%00", 200, "One answer"),
        ("address=%3Cscript%3E", 200, "Nobody on record has “<script>”"),
        ("", 200, "One answer"),
        ("address=who@x.example", 200, "We do not know the address who@x.example"),
    ],
)
def test_every_other_question_has_a_sentence(room: Newsroom, run: int, asked: str, status: int, said: str) -> None:
    page = room.open(f"/staff/why?{asked}", status)
    assert "<script>" not in page.text.replace("<script src", "")
    assert said in room.get(f"/staff/why?{asked}", status)
    assert run


def test_a_copy_that_is_gone_is_not_found(room: Newsroom) -> None:
    room.open("/staff/copies/99/letter", 404)


def test_the_field_stands_on_the_run_the_bulletin_and_the_account(room: Newsroom, run: int) -> None:
    for path in (f"/staff/runs/{run}", "/staff/bulletins/TB-1", "/staff/accounts/K1"):
        assert "/staff/why" in room.open(path).text
