import re

import pytest
from sqlalchemy import update

from newsletter.audience.person import Person
from newsletter.bulletin.bulletin import Version
from newsletter.language import LANGUAGES
from newsletter.links import OptOutLink
from newsletter.question.answer import Answer
from tests.optout.copies import SOURCE
from tests.web.public.doors import ONE_CLICK, Door


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_spoken_on_every_page_under_15_kb(door: Door, language: str) -> None:
    pages = [
        door.client.get(f"{door.nora}?lang={language}"),
        door.client.post(f"{door.nora}?lang={language}", data={"leave": "topic"}),
        door.client.post(f"{door.nora}/why?lang={language}", data={"reason": "not_used"}),
        door.client.get(f"/leave/abc?lang={language}"),
    ]
    for page in pages:
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page.text
        assert len(page.data) < 15_000
    assert set(re.findall(r'action="[^"]+\?lang=(\w+)"', "".join(page.text for page in pages))) == {language}


def test_the_language_is_the_persons_then_the_bulletins_then_the_browsers(door: Door) -> None:
    with door.db.write() as session:
        session.execute(update(Version).values(source=SOURCE.replace("language: en", "language: fr")))
    german = {"Accept-Language": "tlh, de;q=0.9, en;q=0.5"}
    assert '<html lang="fr"' in door.client.get(door.nora, headers=german).text  # the bulletin is French
    no_copy = door.path(OptOutLink(door.stage.cast.nora.id, door.stage.cast.bulletins.id, 0))
    assert '<html lang="de"' in door.client.get(no_copy, headers=german).text
    with door.db.write() as session:
        session.get_one(Person, door.stage.cast.nora.id).language = "sv-SE"
    assert '<html lang="sv"' in door.client.get(door.nora, headers=german).text
    assert '<html lang="it"' in door.client.get(f"{door.nora}?lang=it", headers=german).text


def test_an_answer_remembers_the_language_it_was_given_in(door: Door) -> None:
    door.client.post(door.nora, data=ONE_CLICK)
    door.client.post(f"{door.nora}/why?lang=ja", data={"reason": "backup"})
    with door.db.read() as session:
        assert [answer.language for answer in session.query(Answer)] == ["ja"]


def test_a_page_asks_nothing_of_the_browser(door: Door) -> None:
    page = door.client.get(door.nora)
    assert not re.search(r"<script|<img|src=|@import|url\(", page.text)
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]
    assert re.search(r"style-src 'sha256-[^']+'(;|$)", page.headers["Content-Security-Policy"])


def test_fault48_a_forged_host_shapes_no_link(door: Door) -> None:
    poisoned = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    for page in (
        door.client.get(door.nora, headers=poisoned),
        door.client.post(door.nora, data={"leave": "topic"}, headers=poisoned),
    ):
        assert page.status_code == 200
        assert "evil.example" not in page.text + str(page.headers)
