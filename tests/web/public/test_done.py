import re
from datetime import timedelta

import pytest

from newsletter.links import DoneLink
from newsletter.signal.kinds import Kind
from newsletter.signal.note import standing_evidence
from tests.web.public.doors import Door, text_of


@pytest.fixture
def path(door: Door) -> str:
    link = DoneLink(door.stage.nora.person_id, door.stage.nora.delivery_id)
    return door.links.done(link).removeprefix(door.links.base_url)


def form(door: Door, path: str) -> dict[str, str]:
    return dict(re.findall(r'name="(unit|shown)" value="([^"]+)"', door.client.get(path).text))


def is_done(door: Door) -> bool:
    with door.db.read() as session:
        told = standing_evidence(session, door.stage.cast.north.id)
    return any(row.kind == Kind.ACKNOWLEDGEMENT for row in told)


def test_looking_changes_nothing(door: Door, path: str) -> None:
    before = door.rows()
    for look in (door.client.get, door.client.head, door.client.options, door.client.get):
        assert look(path).status_code == 200
    assert door.rows() == before


def test_a_button_tells_and_the_page_says_so(door: Door, path: str) -> None:
    unit = re.findall(r'name="unit" value="(\d+)"', door.client.get(path).text)[0]
    answer = door.client.post(path, data={"unit": unit})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert len(re.findall(r'name="unit"', answer.text)) == 1
    assert door.rows()["evidence"]


@pytest.mark.parametrize("has_page", [True, False])
def test_fault_26_the_one_button_of_one_page_counts_when_somebody_was_there(
    door: Door, path: str, *, has_page: bool
) -> None:
    fields = form(door, path)
    door.clock.now += timedelta(seconds=5)
    door.client.post(path, data=fields if has_page else {"unit": fields["unit"]})
    assert is_done(door) == has_page


def test_fault_26_who_presses_at_once_is_asked_to_press_once_more(door: Door, path: str) -> None:
    first = door.client.post(path, data=form(door, path))
    assert (first.status_code, "Please press the button once more." in first.text) == (200, True)
    assert not is_done(door)
    again = dict(re.findall(r'name="(unit|shown)" value="([^"]+)"', first.text))
    door.clock.now += timedelta(seconds=3)
    assert "Thank you. Saved." in door.client.post(path, data=again).text
    assert is_done(door)


@pytest.mark.parametrize("unit", ["", "x", "999999", "١٢", "1e3", "-1", "9" * 400])
def test_a_machine_that_is_none_is_refused(door: Door, path: str, unit: str) -> None:
    before = door.rows()
    answer = door.client.post(path, data={"unit": unit})
    assert answer.status_code == 400
    assert text_of(answer).strip()
    assert door.rows() == before


def test_a_link_of_another_purpose_leads_nowhere(door: Door, path: str) -> None:
    token = door.nora.rpartition("/")[2]
    assert door.client.get(f"/done/{token}").status_code == 404
    assert door.client.get(path[:-1]).status_code == 404
