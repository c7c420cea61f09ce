"""The page behind an answer in a goodbye letter: it shows, one button answers."""

import re
from datetime import timedelta

import pytest

from newsletter.language import SUPPORTED
from newsletter.question.reasons import Reason
from newsletter.signal.kinds import Kind
from tests.web.public.doors import ONE_CLICK, Door, text_of


def test_one_click_sends_one_letter_whose_links_all_open_a_page_with_one_button(either_door: Door) -> None:
    door = either_door
    for _ in range(2):
        assert door.client.post(door.una, data=ONE_CLICK).status_code == 200
    (letter,) = door.rows()["posted_letter"]
    links = set(re.findall(r"/leave/[\w-]+/answer/\w+", str(letter)))
    assert {link.rpartition("/")[2] for link in links} == set(Reason)
    before = door.rows()
    for link in links:
        page = door.client.get(link)
        assert (page.status_code, page.text.count("<button")) == (200, 1)
        door.client.head(link)
    assert door.rows() == before


def test_the_button_answers_on_the_opt_out_page_and_the_account_record(either_door: Door) -> None:
    door = either_door
    door.client.post(door.una, data=ONE_CLICK)
    page = door.client.get(f"{door.una}/answer/not_used")
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    fields = dict(re.findall(r'name="(\w+)" value="(\w+)"', page.text))
    assert action is not None
    assert fields["reason"] == "not_used"
    after = door.client.post(action[1], data=fields)
    assert (after.status_code, "Thank you. Saved." in text_of(after)) == (200, True)
    assert "What became of the machine?" in text_of(after)
    (told,) = [row for row in door.rows()["evidence"] if Kind.OPT_OUT_ANSWER in row]
    assert "not_in_use" in told


def test_what_is_no_answer_and_no_link_is_refused(door: Door) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    assert door.client.get(f"{door.una}/answer/sold_it").status_code == 400
    assert door.client.get(f"{door.una[:-1]}/answer/backup").status_code == 404
    assert door.client.post(f"{door.una}/answer/backup", data={"reason": "backup"}).status_code == 405
    assert door.rows()["answer"] == []


def test_who_has_not_left_is_shown_the_way_out_and_who_left_long_ago_that_it_is_over(door: Door) -> None:
    assert "Stop these mails" in text_of(door.client.get(f"{door.una}/answer/backup"))
    door.client.post(door.una, data=ONE_CLICK)
    door.clock.now += timedelta(days=31)
    page = door.client.get(f"{door.una}/answer/backup")
    assert ("30 days, and they are over" in text_of(page), "<button" in page.text) == (True, False)


@pytest.mark.parametrize("language", SUPPORTED)
def test_the_page_is_small_and_sets_no_cookie(door: Door, language: str) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    page = door.client.get(f"{door.una}/answer/backup?lang={language}")
    assert len(page.data) < 15_000
    assert "Set-Cookie" not in page.headers
    assert f'lang="{language}"' in page.text
