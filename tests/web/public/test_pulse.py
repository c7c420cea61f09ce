"""The yearly pulse beside an answer: one tap, once a year, about the account and not about a machine."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.links import RunningLink
from newsletter.signal.evidence import Evidence
from newsletter.signal.note import standing_evidence
from tests.web.public.doors import Door, pressed, text_of

QUESTION, SECOND = "How content are you with", "Was another supplier in touch"


@pytest.fixture
def path(door: Door) -> str:
    link = RunningLink(door.stage.nora.person_id, door.stage.nora.delivery_id)
    return door.links.running(link).removeprefix(door.links.base_url)


@pytest.fixture
def answered(door: Door, path: str) -> str:
    """The page's path, after Nora told of her machine."""
    unit = door.stage.cast.a100231.id
    assert QUESTION not in text_of(door.client.get(path))
    assert QUESTION in text_of(door.client.post(path, data={"unit": unit, "said": "in_use"} | door.read))
    return path


def said(door: Door) -> list[tuple[str, str | None]]:
    with door.db.read() as session:
        rows = standing_evidence(session, door.stage.cast.north.id)
        return [(row.detail, row.says) for row in rows if row.kind == "pulse"]


def test_one_tap_tells_how_content_they_are_and_the_next_whether_a_competitor_called(door: Door, answered: str) -> None:
    mood = door.client.post(f"{answered}/pulse", data={"mood": "looking_around"} | door.read)
    assert (SECOND in text_of(mood), "Thank you. Saved." in text_of(mood)) == (True, True)
    assert "looking_around" in pressed(mood)
    rival = door.client.post(f"{answered}/pulse", data={"rival": "competitor"} | door.read)
    assert {"looking_around", "competitor"} < set(pressed(rival))
    assert said(door) == [("looking_around", "in_use"), ("competitor", "unknown")]


def test_a_later_tap_takes_back_the_earlier_and_the_same_twice_is_one(door: Door, answered: str) -> None:
    for name, tap in (("mood", "content"),) * 2 + (
        ("mood", "complicated"),
        ("rival", "no_competitor"),
        ("mood", "content"),
    ):
        assert door.client.post(f"{answered}/pulse", data={name: tap} | door.read).status_code == 200
    assert said(door) == [("no_competitor", "unknown"), ("content", "in_use")]


def test_a_program_that_presses_every_button_said_nothing(door: Door, answered: str) -> None:
    for tap in ("content", "looking_around", "complicated"):
        door.client.post(f"{answered}/pulse", data={"mood": tap} | door.read)
    assert said(door) == []


def test_it_is_asked_once_a_year(door: Door, answered: str) -> None:
    door.client.post(f"{answered}/pulse", data={"mood": "content"} | door.read)
    elsewhere = "pulse:check-in:7:"
    with door.db.write() as session:
        row = session.scalars(select(Evidence).where(Evidence.kind == "pulse")).one()
        row.key = f"{elsewhere}1.mood.0"
    assert QUESTION not in text_of(door.client.get(answered))
    assert door.client.post(f"{answered}/pulse", data={"mood": "complicated"} | door.read).status_code == 200
    assert said(door) == [("content", "in_use")]
    door.clock.now += timedelta(days=366)
    assert QUESTION in text_of(door.client.get(answered))


@pytest.mark.parametrize("form", [{}, {"mood": "competitor"}, {"rival": "<b>"}], ids=["none", "another's", "nonsense"])
def test_what_is_no_answer_is_refused(door: Door, answered: str, form: dict[str, str]) -> None:
    before = door.rows()
    assert door.client.post(f"{answered}/pulse", data=form).status_code == 400
    assert door.rows() == before


def test_fault_26_to_look_changes_nothing_and_every_form_has_its_words(door: Door, answered: str) -> None:
    before = door.rows()
    page = door.client.get(answered)
    assert door.client.get(f"{answered}/pulse").status_code in (200, 404)
    assert len(re.findall("<fieldset>", page.text)) == len(re.findall("<legend>", page.text))
    assert door.rows() == before
