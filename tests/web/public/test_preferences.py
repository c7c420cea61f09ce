import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter.audience.person import Person
from newsletter.audience.preferences import MutedUnit, Preference
from newsletter.language import LANGUAGES
from newsletter.post.posted import PostedLetter
from tests.web.public.doors import Door, text_of


def path(door: Door) -> str:
    return f"/preferences/{door.links.preferences_token(door.stage.nora.person_id)}"


def filled(page: TestResponse) -> dict[str, str]:
    """The form as it stands on the page."""
    boxes = re.findall(r'<input type="checkbox" name="([^"]+)" checked>', page.text)
    radios = re.findall(r'<input type="radio" name="(\w+)" value="(\w+)" checked>', page.text)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    day = re.findall(r'name="day" value="([^"]*)"', page.text)
    language = re.findall(r'<option value="(\w*)"[^>]* selected>', page.text) or [""]
    return dict(hidden) | dict.fromkeys(boxes, "on") | dict(radios) | {"day": day[0], "language": language[0]}


def save(door: Door, page: TestResponse, *, untick: str = "", **changed: str) -> TestResponse:
    form = filled(page) | changed
    form.pop(untick, "")
    return door.client.post(path(door), data=form)


def test_saving_what_stands_there_changes_nothing(either_door: Door) -> None:
    before = either_door.rows()
    page = save(either_door, either_door.client.get(path(either_door)))
    assert (page.status_code, either_door.rows()) == (200, before)
    assert '<div role="status"><p><b>Saved.</b></p>' in page.text


def test_every_choice_is_one_field_of_one_form(either_door: Door) -> None:
    door, nora = either_door, either_door.stage.nora.person_id
    machine = f"machine-{door.stage.cast.c77.id}"
    page = save(
        door, door.client.get(path(door)), untick=machine, frequency="weekly", pause="day", day="2027-01-04",
        language="de", no_contact="on",
    )  # fmt: skip
    assert '<html lang="de"' in page.text
    with door.db.read() as session:
        row = session.get_one(Preference, nora)
        assert (row.frequency, str(row.paused_until_day), row.no_contact_since) == (
            "weekly",
            "2027-01-04",
            door.clock.now,
        )
        assert [muted.unit_id for muted in session.scalars(select(MutedUnit))] == [door.stage.cast.c77.id]
        assert session.get_one(Person, nora).language == "de"
    again = filled(page)
    assert (again["frequency"], again["pause"], again["day"], again["language"]) == (
        "weekly",
        "day",
        "2027-01-04",
        "de",
    )
    assert machine not in again
    page = save(door, page, pause="none", **{machine: "on"})
    assert (filled(page)["pause"], machine in filled(page)) == ("none", True)


def test_a_topic_that_is_unticked_leads_to_the_short_why_and_the_way_back(door: Door) -> None:
    page = save(door, door.client.get(path(door)), untick=f"topic-{door.stage.cast.bulletins.id}")
    assert "You no longer get “Technical bulletins”." in text_of(page)
    (way_back,) = re.findall(r'href="(/leave/[^"?]+)"', page.text)
    left = door.client.get(way_back)
    assert "You are off the list." in text_of(left)
    assert 'value="as_before"' in left.text


def test_a_topic_ticked_anew_takes_a_letter_and_its_button(door: Door) -> None:
    """Standards 1.10: re-subscribe only by new double opt-in."""
    safety = f"topic-{door.stage.cast.safety.id}"
    page = save(door, door.client.get(path(door)), **{safety: "on"})
    assert "For “Safety notices” we send you a mail." in text_of(page)
    assert safety not in filled(page)
    with door.db.read() as session:
        (letter,) = session.scalars(select(PostedLetter))
    assert (letter.kind, letter.address) == ("confirm", door.stage.cast.nora.address)
    assert [
        row[2] for row in door.rows()["subscription"] if row[:2] == (door.stage.nora.person_id, int(safety[6:]))
    ] == []


def test_a_second_tab_changes_only_what_was_changed_in_it(door: Door) -> None:
    first, second = door.client.get(path(door)), door.client.get(path(door))
    c77, vx500 = (f"machine-{unit.id}" for unit in (door.stage.cast.c77, door.stage.cast.a100231))
    save(door, first, untick=c77, frequency="monthly")
    page = save(door, second, untick=vx500)
    assert filled(page)["frequency"] == "monthly"
    assert not {c77, vx500} & filled(page).keys()


@pytest.mark.parametrize(
    ("pause", "day", "said"),
    [
        ("day", "", "choose the day"),
        ("day", "tomorrow", "choose the day"),
        ("day", "2026-11-21", "after today"),
        ("day", "2999-01-01", "next two years"),
        ("none", "2026-01-01", "after today"),
    ],
)
def test_a_day_that_cannot_be_is_said_at_its_field_and_all_else_is_kept(
    door: Door, pause: str, day: str, said: str
) -> None:
    """WCAG 3.3.1: errors in text, tied by aria-describedby."""
    before = door.rows()
    page = save(door, door.client.get(path(door)), pause=pause, day=day, frequency="safety")
    assert (page.status_code, door.rows()) == (400, before)
    assert said in text_of(page)
    assert re.search(r'id="day"[^>]* aria-invalid="true" aria-describedby="trouble"', page.text)
    assert (filled(page)["frequency"], filled(page)["day"]) == ("safety", day)
    page = save(door, page, pause="day", day="2026-12-01")
    assert (page.status_code, filled(page)["frequency"], filled(page)["day"]) == (200, "safety", "2026-12-01")


def test_a_day_without_its_button_is_meant_all_the_same(door: Door) -> None:
    page = save(door, door.client.get(path(door)), day="2026-12-01")
    assert (filled(page)["pause"], filled(page)["day"]) == ("day", "2026-12-01")


@pytest.mark.parametrize(("months", "day"), [("1", "2026-12-21"), ("3", "2027-02-21")])
def test_a_pause_of_some_months_needs_no_day(door: Door, months: str, day: str) -> None:
    assert filled(save(door, door.client.get(path(door)), pause=months))["day"] == day


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"frequency": "hourly", "language": "tlh", "pause": "for ever"},
        {"seen": "topic-4711 machine-4711 topic-x =", "machine-99": "on", "topic-99999999999999999999": "on"},
        {"machine-1; DROP TABLE unit": "on", "seen": "\N{SNOWMAN}" * 1000},
    ],
    ids=["nothing", "unknown codes", "foreign ids", "odd names"],
)
def test_an_odd_form_changes_nothing(either_door: Door, form: dict[str, str]) -> None:
    usual = {"frequency": "each", "language": "", "pause": "none", "day": ""}
    before = either_door.rows()
    page = either_door.client.post(
        path(either_door), data={**filled(either_door.client.get(path(either_door))), **form}
    )
    assert page.status_code == 200
    assert either_door.rows() == before
    assert {name: filled(page)[name] for name in usual} == usual


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_every_language_under_15_kb_without_cookie_or_script(door: Door, language: str) -> None:
    page = door.client.get(f"{path(door)}?lang={language}")
    assert f'<html lang="{language}"' in page.text
    assert len(page.data) < 15_000
    assert "Set-Cookie" not in page.headers
    assert not re.search(r"<script|<img|src=|@import|url\(", page.text)


def test_fault_27_a_token_cut_swapped_or_of_nobody_reveals_nothing(door: Door) -> None:
    token = path(door).rpartition("/")[2]
    nobody = door.links.preferences_token(4711)
    opt_out = door.nora.rpartition("/")[2]
    pages = [door.client.get(f"/preferences/{each}") for each in (token[:-1], "x", nobody, opt_out)]
    posts = [door.client.post(f"/preferences/{each}", data={}) for each in (token[:-1], "x", nobody, opt_out)]
    assert {page.status_code for page in (*pages, *posts)} == {404}
    assert len({text_of(page) for page in (*pages, *posts)}) == 1


def test_get_and_head_change_nothing_and_a_pause_that_is_over_is_gone(door: Door) -> None:
    save(door, door.client.get(path(door)), pause="1")
    before = door.rows()
    for method in ("GET", "HEAD"):
        assert door.client.open(f"{path(door)}?pause=none&frequency=safety", method=method).status_code == 200
    assert door.rows() == before
    door.clock.now += timedelta(days=32)
    assert filled(door.client.get(path(door)))["pause"] == "none"
