"""Bringing a newsletter along, without JavaScript."""

import io
from pathlib import Path

from tests.web.staff.bulletins.newsroom import Newsroom, words

PAGE = "/staff/bulletins/import"
MAILING = Path(__file__).parents[3] / "bulletin" / "newsletters" / "mailing.html"


def test_a_file_becomes_a_draft_to_write_on(sqlite_room: Newsroom) -> None:
    answer = sqlite_room.post(PAGE, file=(io.BytesIO(MAILING.read_bytes()), "mailing.html"))
    said = words(answer)
    assert answer.status_code == 200
    assert "This is a draft of yours now" in said
    assert "A way to opt out of the former list" in said
    assert "https://cdn.acme.example/logo.png" in said
    assert "Schmierung der Spindel" in sqlite_room.get("/staff/bulletins/new?take=draft")


def test_pasted_html_is_cleaned_and_shown_as_text(sqlite_room: Newsroom) -> None:
    answer = sqlite_room.post(PAGE, html="<script>alert(1)</script><p>Grease<img src=https://a.example/x onerror=y>")
    assert "alert(1)" not in answer.text
    assert "onerror" not in answer.text
    assert "Grease" in answer.text


def test_text_that_is_not_saved_is_not_overwritten_unless_asked_for(sqlite_room: Newsroom) -> None:
    assert sqlite_room.post(PAGE, html="<p>One</p>").status_code == 200
    answer = sqlite_room.post(PAGE, html="<p>Two</p>")
    assert answer.status_code == 409
    assert "&lt;p&gt;Two&lt;/p&gt;" in answer.text
    assert "One" in sqlite_room.get("/staff/bulletins/new?take=draft")
    assert sqlite_room.post(PAGE, html="<p>Two</p>", replace="yes").status_code == 200
    assert "Two" in sqlite_room.get("/staff/bulletins/new?take=draft")


def test_what_is_no_newsletter_is_refused_in_words(sqlite_room: Newsroom) -> None:
    assert "There is no HTML" in words(sqlite_room.post(PAGE))
    picture = (io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0"), "a.png")
    assert "no HTML text" in words(sqlite_room.post(PAGE, file=picture))
    assert "There is no text in this HTML" in words(sqlite_room.post(PAGE, html="<style>p{}</style>"))
    assert "longer than 5,000,000" in words(sqlite_room.post(PAGE, html="a" * 5_000_001))


def test_only_marketers_bring_newsletters(sqlite_room: Newsroom) -> None:
    sqlite_room.hire("service").open(PAGE, 403)
