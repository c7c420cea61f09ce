"""The heartbeat's page, as a browser without script sees it."""

import re

import pytest

from newsletter.links import RunningLink
from newsletter.question.reasons import UnitAnswer
from tests.web.public.doors import Door, pressed, text_of


@pytest.fixture
def path(door: Door) -> str:
    link = RunningLink(door.stage.nora.person_id, door.stage.nora.delivery_id)
    return door.links.running(link).removeprefix(door.links.base_url)


def test_fault_26_a_scanner_that_opens_every_link_changes_nothing(door: Door, path: str) -> None:
    before = door.rows()
    for look in (door.client.get, door.client.head, door.client.options):
        assert [look(f"{path}/{answer}").status_code for answer in UnitAnswer] == [200, 200, 200]
        assert look(path).status_code == 200
    assert door.rows() == before


def test_what_was_tapped_comes_first_and_counts_only_when_its_button_is_pressed(door: Door, path: str) -> None:
    page = door.client.get(f"{path}/gone")
    assert re.findall(r'name="said" value="(\w+)"', page.text)[:3] == ["gone", "in_use", "backup"]
    assert "You tapped “No longer here”. Please press it here as well" in text_of(page)
    assert pressed(page) == []
    unit = re.findall(r'name="unit" value="(\d+)"', page.text)[0]
    answered = door.client.post(f"{path}/gone", data={"unit": unit, "said": "gone"})
    assert "Thank you. Saved." in text_of(answered)
    assert pressed(answered) == ["gone"]
    assert pressed(door.client.post(path, data={"unit": unit, "said": "sold"})) == ["gone", "sold"]
    assert pressed(door.client.post(path, data={"unit": unit, "said": "in_use"})) == ["in_use"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"unit": "1"},
        {"unit": "x", "said": "in_use"},
        {"unit": "1", "said": "perhaps"},
        {"unit": "٣", "said": "in_use"},
        {"unit": "9" * 400, "said": "in_use"},
        {"unit": "999999", "said": "in_use"},
    ],
    ids=["nothing", "no answer", "no machine", "no answer of ours", "another script", "no number", "another machine"],
)
def test_what_is_no_answer_is_refused_in_a_sentence(door: Door, path: str, form: dict[str, str]) -> None:
    before = door.rows()
    page = door.client.post(path, data=form)
    assert page.status_code == 400
    assert text_of(page).strip()
    assert door.rows() == before


def test_fault_27_a_token_cut_or_of_another_purpose_leads_nowhere(door: Door, path: str) -> None:
    done = door.nora.rpartition("/")[2]
    for bad in (path[:-1], f"/running/{done}", f"{path}x/in_use"):
        assert door.client.get(bad).status_code == 404


def test_a_page_has_no_cookie_no_script_and_little_weight(door: Door, path: str) -> None:
    page = door.client.get(f"{path}/in_use")
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text
    assert len(page.data) < 15_000


def test_a_tapped_answer_that_is_none_is_passed_over(door: Door, path: str) -> None:
    page = door.client.get(f"{path}/<b>")
    assert page.status_code == 200
    assert "You tapped" not in text_of(page)
