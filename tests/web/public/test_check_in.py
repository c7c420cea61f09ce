"""The check-in's page, as a browser without script sees it."""

import re

import pytest
from sqlalchemy import select

from newsletter.checkin.ask import Mailroom, start_round
from newsletter.checkin.check_in import CheckIn
from newsletter.links import CheckInLink, OptOutLink
from newsletter.post.posted import PostedLetter
from newsletter.post.wording import Writer
from newsletter.question.reasons import UnitAnswer
from tests.web.public.doors import Door, pressed, text_of


@pytest.fixture
def path(door: Door) -> str:
    """Pia is asked about A100900 at K3."""
    writer = Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road")
    start_round(door.db, [door.stage.cast.valves.id], Mailroom(door.links, writer), "ada", door.clock.now)
    with door.db.read() as session:
        asked = session.scalars(select(CheckIn)).one()
    link = CheckInLink(door.stage.cast.pia.id, asked.id)
    return door.links.check_in(link).removeprefix(door.links.base_url)


def test_fault_26_a_scanner_that_opens_every_link_of_the_letter_changes_nothing(door: Door, path: str) -> None:
    with door.db.read() as session:
        letter = session.scalars(select(PostedLetter)).one()
    found = set(re.findall(r"https?://[^\s\"<>]+", letter.text + letter.html))
    ours = {url.removeprefix(door.links.base_url) for url in found if url.startswith(f"{door.links.base_url}/")}
    unit = door.stage.cast.a100900.id
    assert {path, *(f"{path}/{unit}/{answer}" for answer in UnitAnswer)} < ours
    assert len(ours) == 5  # and the one that stops all mails
    before = door.rows()
    for look in (door.client.get, door.client.head, door.client.options):
        assert {link: look(link).status_code for link in ours} == dict.fromkeys(ours, 200)
    assert door.rows() == before


def test_what_was_tapped_comes_first_and_its_button_counts(door: Door, path: str) -> None:
    unit = door.stage.cast.a100900.id
    page = door.client.get(f"{path}/{unit}/backup?lang=en")
    assert re.findall(r'name="said" value="(\w+)"', page.text) == ["backup", "in_use", "gone"]
    assert "You tapped “Only as back-up”" in text_of(page)
    answered = door.client.post(f"{path}?lang=en", data={"unit": unit, "said": "backup"})
    assert "Thank you. Saved." in text_of(answered)
    assert pressed(answered) == ["backup"]


def test_who_is_not_the_right_person_says_so_and_is_thanked(door: Door, path: str) -> None:
    page = door.client.post(f"{path}/not-me?lang=en", data={"answer": "not_me"})
    assert "We will not ask you about this again." in text_of(page)
    assert "I am not the right person" not in text_of(page)
    assert door.client.post(f"{path}/not-me", data={}).status_code == 400


def test_words_come_back_when_they_cannot_be_kept(door: Door, path: str) -> None:
    page = door.client.post(f"{path}/words?lang=en", data={"text": "<b>" + "x" * 2000})
    assert page.status_code == 400
    assert "We can keep up to 2,000 characters." in text_of(page)
    assert "&lt;b&gt;xxx" in page.text
    kept = door.client.post(f"{path}/words?lang=en", data={"text": "تعمل 👍 <i>"})
    assert "تعمل 👍 &lt;i&gt;" in kept.text
    with door.db.read() as session:
        assert session.scalars(select(CheckIn.words)).one() == "تعمل 👍 <i>"


def test_the_way_out_stops_all_mail(door: Door, path: str) -> None:
    found = re.search(r'href="(/leave/[^"]+)"', door.client.get(f"{path}?lang=en").text)
    assert found
    assert door.links.read_opt_out(found[1].removeprefix("/leave/").partition("?")[0]) == OptOutLink(
        door.stage.cast.pia.id, 0, 0
    )
    assert re.findall(r'name="leave" value="(\w+)"', door.client.get(found[1]).text) == ["everything"]
    left = door.client.post(found[1], data={"leave": "everything"})
    assert left.status_code == 200
    with door.db.read() as session:
        assert session.scalars(select(PostedLetter.state)).one() == "taken_back"


@pytest.mark.parametrize("tail", ["/x/in_use", "/1", "/99999999999999999999/in_use", "/1/<script>"])
def test_fault_47_an_address_of_no_sense_is_no_mistake_of_ours(door: Door, path: str, tail: str) -> None:
    before = door.rows()
    page = door.client.get(f"{path}{tail}")
    assert page.status_code in (200, 404)
    assert "<script" not in page.text
    assert door.rows() == before


def test_fault_27_a_cut_token_leads_nowhere(door: Door, path: str) -> None:
    assert door.client.get(path[:-1]).status_code == 404
    assert door.client.post(f"{path[:-1]}/not-me", data={"answer": "not_me"}).status_code == 404


def test_the_page_has_no_cookie_no_script_and_little_weight(door: Door, path: str) -> None:
    page = door.client.get(path)
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text
    assert len(page.data) < 15_000
