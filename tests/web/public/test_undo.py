import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from newsletter.account.unit import Unit
from newsletter.links import OptOutLink
from tests.web.public.doors import ONE_CLICK, Door, text_of

READ = timedelta(seconds=5)


def hidden(page: TestResponse) -> dict[str, str]:
    """What the forms of a page send without anybody seeing it."""
    return dict(re.findall(r'name="(shown|mark|seen)" value="([^"]*)"', page.text))


def offers(page: TestResponse) -> list[str]:
    return re.findall(r'name="instead" value="(\w+)"', page.text)


def press(door: Door, page: TestResponse, instead: str = "as_before", path: str = "") -> TestResponse:
    """Press a button of the page, as somebody who has read it."""
    door.clock.now += READ
    return door.client.post(f"{path or door.nora}/undo", data={**hidden(page), "instead": instead})


def state(door: Door) -> str:
    rows = door.rows()["subscription"]
    return next(row[2] for row in rows if row[0] == door.stage.nora.person_id)  # type: ignore[return-value] # it is text


def test_the_exit_comes_first_and_nothing_is_offered_before_it(door: Door) -> None:
    page = door.client.get(door.nora)
    assert offers(page) == []
    page = door.client.post(door.nora, data={"leave": "topic"})
    assert offers(page) == ["as_before"]
    assert text_of(page).index("You are off the list.") < text_of(page).index("Undo: I want to stay")


def test_one_button_undoes_it_and_says_so(either_door: Door) -> None:
    door = either_door
    page = press(door, door.client.post(door.nora, data={"leave": "everything"}))
    assert (page.status_code, state(door)) == (200, "granted")
    assert 'role="status"' in page.text
    assert "You are on the list again." in text_of(page)
    assert "You get “Technical bulletins”" in text_of(door.client.get(door.nora))


def test_the_same_undo_twice_and_from_a_second_tab_is_one(door: Door) -> None:
    first = door.client.post(door.nora, data=ONE_CLICK) and door.client.get(door.nora)
    assert [press(door, first).status_code for _ in range(2)] == [200, 200]
    assert len([row for row in door.rows()["consent"] if row[3] == "restored"]) == 1


def test_a_stale_tab_is_told_to_look_again(door: Door) -> None:
    stale = door.client.post(door.nora, data={"leave": "topic"})
    door.clock.now += READ
    door.client.post(door.nora, data={"leave": "everything"})
    page = press(door, stale)
    assert (page.status_code, state(door)) == (400, "withdrawn")
    assert "Something was changed since this page was opened" in text_of(page)
    assert press(door, page).status_code == 200


@pytest.mark.parametrize("wait", [timedelta(), timedelta(seconds=1)])
def test_fault26_a_program_that_presses_every_button_at_once_undoes_nothing(door: Door, wait: timedelta) -> None:
    page = door.client.post(door.nora, data=ONE_CLICK) and door.client.get(door.nora)
    door.clock.now += wait
    answer = door.client.post(f"{door.nora}/undo", data={**hidden(page), "instead": "as_before"})
    assert (answer.status_code, state(door)) == (400, "withdrawn")
    without_page = {"mark": hidden(page)["mark"], "instead": "as_before"}
    assert door.client.post(f"{door.nora}/undo", data=without_page).status_code == 400
    assert state(door) == "withdrawn"


@pytest.mark.parametrize(
    "form", [{}, {"instead": "as_before"}, {"instead": "all", "mark": "1"}, {"instead": "monthly", "mark": "x" * 9999}]
)
def test_an_odd_undo_is_refused_in_a_sentence(door: Door, form: dict[str, str]) -> None:
    door.client.post(door.nora, data=ONE_CLICK)
    before = door.rows()
    page = door.client.post(f"{door.nora}/undo", data=form)
    assert (page.status_code, door.rows()) == (400, before)
    assert 'role="alert"' in page.text


def test_get_undoes_nothing(door: Door) -> None:
    door.client.post(door.nora, data=ONE_CLICK)
    before = door.rows()
    for path in ("undo", "contact"):
        for method in ("GET", "HEAD"):
            assert door.client.open(f"{door.nora}/{path}?instead=as_before", method=method).status_code == 200
    assert door.rows() == before


@pytest.mark.parametrize(
    ("reason", "offered"),
    [
        ("too_many", ["monthly", "pause_3", "safety"]),
        ("too_busy", ["pause_1", "pause_3", "safety"]),
        ("not_my_machine", ["choose"]),
        ("not_useful", ["choose", "safety"]),
        ("other", ["monthly", "pause_3", "safety", "choose"]),
        ("used_own_service", []),
        ("not_used", []),
        ("wrong_person", []),
        ("never_asked", []),
    ],
)
def test_what_is_offered_fits_the_reason(door: Door, reason: str, offered: list[str]) -> None:
    door.client.post(door.nora, data=ONE_CLICK)
    page = door.client.post(f"{door.nora}/why", data={"reason": reason})
    assert offers(page) == ["as_before", *offered]


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ("monthly", "You get one mail a month."),
        ("safety", "You get safety notices only."),
        ("pause_3", "You get nothing until February 21, 2027."),
    ],
)
def test_an_offer_is_one_button(door: Door, instead: str, said: str) -> None:
    door.client.post(door.nora, data=ONE_CLICK)
    page = press(door, door.client.post(f"{door.nora}/why?lang=en", data={"reason": "other"}), instead)
    assert said in text_of(page)
    assert state(door) == "granted"


def test_who_wants_to_choose_is_led_to_the_preferences(door: Door) -> None:
    door.client.post(door.nora, data=ONE_CLICK)
    page = press(door, door.client.post(f"{door.nora}/why", data={"reason": "not_my_machine"}), "choose")
    assert (page.status_code, state(door)) == (303, "granted")
    assert page.location.startswith("/preferences/")
    assert "About which machines" in text_of(door.client.get(page.location))


def test_machines_are_asked_about_before_a_reason_is_given(door: Door) -> None:
    page = door.client.post(door.nora, data={"leave": "topic"})
    unit = str(door.stage.cast.a103000.id)
    assert f'value="{unit}.backup"' in page.text
    page = door.client.post(f"{door.nora}/unit", data={"said": f"{unit}.backup"})
    assert re.findall(r'value="([\w.]+)" aria-pressed="true"', page.text) == [f"{unit}.backup"]
    assert "Thank you. Saved." in text_of(page)
    assert 'name="reason"' in page.text


def test_twelve_machines_fit_into_15_kb_and_six_are_shown(door: Door) -> None:
    with door.db.write() as session:
        for number in range(12):
            serial = {"serial": f"B20{number:03}7", "serial_prefix": "B", "serial_number": 200007 + 10 * number}
            session.add(
                Unit(
                    account_id=door.stage.cast.gears.id,
                    product_id=door.stage.cast.vx500.id,
                    created_at=door.clock.now,
                    **serial,
                )
            )
    page = door.client.post(f"{door.path(door.stage.ines)}?lang=ja", data={"leave": "topic"})
    assert page.text.count(".backup") == 13
    assert len(page.data) < 15_000
    shown, _, hidden_machines = page.text.partition("<details>")
    assert (shown.count(".backup"), hidden_machines.count(".backup")) == (6, 7)


def test_who_asks_not_to_be_contacted_is_told_that_it_is_noted(door: Door) -> None:
    door.client.post(door.nora, data=ONE_CLICK)
    assert "They may get in touch about it." in text_of(door.client.get(door.nora))
    page = door.client.post(f"{door.nora}/contact", data={"contact": "no"})
    assert "Noted: nobody will call or write to you about this." in text_of(page)
    assert "They may get in touch" not in text_of(page)
    page = door.client.post(f"{door.nora}/contact", data={"contact": "yes"})
    assert "Please do not contact me about this" in text_of(page)
    assert door.client.post(f"{door.nora}/contact", data={"contact": "?"}).status_code == 400


def test_fault_27_a_link_of_somebody_else_undoes_nothing(door: Door) -> None:
    page = door.client.post(door.nora, data={"leave": "topic"})
    other_copy = door.path(OptOutLink(door.stage.nora.person_id, door.stage.nora.topic_id, 0))
    assert press(door, page, path=other_copy).status_code == 400
    assert press(door, page, path=door.una).status_code == 400
    assert press(door, page, path=door.nora[:-1] + "!").status_code == 404
    assert state(door) == "withdrawn"
