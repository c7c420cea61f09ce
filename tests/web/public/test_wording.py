"""The question on the page, in the words that staff put in force."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import text

from newsletter.question.force import end_experiment, put_in_force, start_experiment
from newsletter.question.reasons import Reason
from newsletter.question.wording import BUILT_IN
from tests.question.drafts import draft, written
from tests.web.public.doors import ONE_CLICK, Door, text_of

BY = "mia@vendor.example"


def offered(page: str) -> list[str]:
    return re.findall(r'name="reason" value="(\w+)"', page)


def wording(page: str) -> set[str]:
    return set(re.findall(r'name="wording" value="(\d+)"', page))


def test_a_reader_is_asked_in_the_order_and_words_of_the_topic(either_door: Door) -> None:
    number = written(either_door.db, either_door.clock.now, draft("de", why="Wieso?", why_backup="Nur noch Reserve"))
    topic = either_door.stage.cast.bulletins.id
    put_in_force(either_door.db, number, topic, by=BY, now=either_door.clock.now)
    page = either_door.client.post(f"{either_door.una}?lang=de", data={"leave": "topic"}).text
    assert offered(page) == ["not_used", "backup", "other"]
    assert wording(page) == {str(number)}
    for words in ("Wieso?", "Nur noch Reserve", "Wir nutzen sie nicht mehr"):
        assert words in page
    assert "One short question" not in either_door.client.get(f"{either_door.una}?lang=cs").text


def test_an_answer_keeps_the_wording_it_was_given_to_and_is_shown_in_it(either_door: Door) -> None:
    now, topic = either_door.clock.now, either_door.stage.cast.bulletins.id
    first = written(either_door.db, now, draft("en", why_backup="The spare one"))
    put_in_force(either_door.db, first, topic, by=BY, now=now)
    either_door.client.post(either_door.una, data=ONE_CLICK)
    seen = either_door.client.get(f"{either_door.una}?lang=en").text
    second = written(either_door.db, now, draft("en", why_backup="In the corner"))
    put_in_force(either_door.db, second, topic, by=BY, now=now)
    tap = {"reason": "backup", "wording": wording(seen).pop()}
    page = either_door.client.post(f"{either_door.una}/why?lang=en", data=tap)
    assert "Your answer: The spare one" in text_of(page)
    assert wording(page.text) == {str(second)}
    (answer,) = either_door.rows()["answer"]
    assert first in answer
    assert second not in answer
    told = [row for row in either_door.rows()["evidence"] if "opt_out_answer" in row]
    assert told
    assert all(first in row for row in told)


@pytest.mark.parametrize("said", ["4711", "0", "-1", "x", "٣", "9" * 30, ""])
def test_fault_27_a_form_cannot_name_a_version_that_nobody_was_shown(door: Door, said: str) -> None:
    draft_only = written(door.db, door.clock.now)
    door.client.post(door.una, data=ONE_CLICK)
    for wanted in (said, str(draft_only)):
        page = door.client.post(f"{door.una}/why", data={"reason": "backup", "wording": wanted})
        assert page.status_code == 200
    with door.db.read() as session:
        assert session.scalars(text("SELECT wording_version FROM answer")).all() == [max(BUILT_IN)]


def test_a_reason_that_was_switched_off_since_can_still_be_given_from_an_open_page(door: Door) -> None:
    put_in_force(door.db, written(door.db, door.clock.now), None, by=BY, now=door.clock.now)
    door.client.post(door.una, data=ONE_CLICK)
    page = door.client.post(f"{door.una}/why?lang=en", data={"reason": "too_many", "wording": "2"})
    assert (page.status_code, "Your answer: Too many mails" in text_of(page)) == (200, True)


def test_who_looks_again_reads_the_same_while_two_wordings_are_tried(door: Door) -> None:
    number = written(door.db, door.clock.now)
    topic = door.stage.cast.bulletins.id
    tried = start_experiment(door.db, topic, 2, number, share=50, by=BY, now=door.clock.now)
    for path in (door.una, door.nora):
        seen = [wording(door.client.post(path, data={"leave": "topic"}).text)]
        seen += [wording(door.client.get(path).text) for _ in range(3)]
        assert [seen[0]] * 4 == seen
        assert seen[0] <= {"2", str(number)}
    before = door.rows()
    door.client.get(door.una)
    assert door.rows() == before
    end_experiment(door.db, tried, keep=number, by=BY, now=door.clock.now + timedelta(hours=1))
    door.clock.now += timedelta(hours=1)
    assert wording(door.client.get(door.una).text) == {str(number)}


@pytest.mark.parametrize("table", ["wording", "wording_line", "wording_choice", "wording_experiment"])
def test_fault_44_with_a_broken_table_the_built_in_question_is_asked_and_answered(
    either_door: Door, table: str
) -> None:
    put_in_force(either_door.db, written(either_door.db, either_door.clock.now), None, by=BY, now=either_door.clock.now)
    with either_door.db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO away"))
    page = either_door.client.post(f"{either_door.una}?lang=en", data={"leave": "topic"})
    assert (page.status_code, "You are off the list." in text_of(page)) == (200, True)
    assert offered(page.text) == list(Reason)
    assert "One short question: why?" in unescape(page.text)
    answered = either_door.client.post(f"{either_door.una}/why?lang=en", data={"reason": "backup", "wording": "2"})
    assert (answered.status_code, "It is only a back-up now" in text_of(answered)) == (200, True)
