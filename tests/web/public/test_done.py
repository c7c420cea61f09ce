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


@pytest.mark.parametrize(
    ("seconds", "is_believed"), [(0.4, False), (None, False), (5, True)], ids=["at once", "without the page", "read"]
)
def test_fault_26_the_one_button_of_one_page_counts_when_somebody_was_there(
    door: Door, path: str, seconds: float | None, *, is_believed: bool
) -> None:
    page = door.client.get(path).text
    (unit, *_), shown = (
        re.findall(r'name="unit" value="(\d+)"', page),
        re.findall(r'name="shown" value="([^"]+)"', page),
    )
    door.clock.now += timedelta(seconds=seconds or 5)
    door.client.post(path, data={"unit": unit} | ({"shown": shown[0]} if seconds else {}))
    with door.db.read() as session:
        told = standing_evidence(session, door.stage.cast.north.id)
    assert any(row.kind == Kind.ACKNOWLEDGEMENT for row in told) == is_believed


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
