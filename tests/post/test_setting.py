"""A wording becomes a letter: in the reader's language, its values as text, its links whole."""

import re
from html.parser import HTMLParser

import pytest

from newsletter.errors import BadLetter
from newsletter.language import SUPPORTED
from newsletter.post.setting import SetLetter, set_letter
from newsletter.post.wording import Button, Links, Quote, Strong, Text, Wording, Writer, literally

ACME = Writer("Acme & Söhne", "bulletins@acme.example", "service@acme.example", "1 Works Road <Hall 2>")
OFF, NO_MORE = "You are off the list.", "We will not send “{topic}” to {address} any more."
HOSTILE = "<script>alert(1)</script>\r\nBcc: x@y.example \u202e{vendor} “&amp;"


def letter(*parts: object, language: str = "en", subject: str = OFF, **values: str) -> SetLetter:
    wording = Wording(subject, parts, "Why")  # type: ignore[arg-type] # parts of a letter
    return set_letter(wording, language, values, ACME)


def test_what_a_value_says_is_shown_and_never_acted_on() -> None:
    told = letter(Strong(OFF), Text(NO_MORE), subject=NO_MORE, topic=HOSTILE, address="a@b.example")
    shown = "<script>alert(1)</script> Bcc: x@y.example {vendor} “&amp;"
    assert told.subject == f"We will not send “{shown}” to a@b.example any more."
    assert "".join(told.text.split()).count("".join(shown.split())) == 1
    assert "<script>" not in told.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Bcc: x@y.example {vendor} “&amp;amp;" in told.html
    assert "\u202e" not in told.subject + told.text + told.html


def test_each_part_stands_in_both_parts() -> None:
    told = letter(
        Text(OFF),
        Button("Stop these mails", "https://news.acme.example/a?x=1&y=2"),
        Links(
            (("Your machines", "https://news.acme.example/b"), (literally("100 {%}"), "https://news.acme.example/c"))
        ),
        Quote("one\ntwo <b>"),
    )
    assert "Stop these mails\nhttps://news.acme.example/a?x=1&y=2" in told.text
    assert "100 {%}\nhttps://news.acme.example/c" in told.text
    assert "> one\n> two <b>" in told.text
    assert 'href="https://news.acme.example/a?x=1&amp;y=2"' in told.html
    assert "one<br>two &lt;b&gt;" in told.html
    for part in (told.text, told.html):
        assert "1 Works Road" in part
        assert "Acme &" in part


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/leave/x", "https://a b", 'https://a/"\n', "ftp://a", ""])
def test_a_link_that_is_not_whole_is_refused(link: str) -> None:
    with pytest.raises(BadLetter):
        letter(Button(OFF, link))


def test_a_placeholder_without_a_value_is_refused() -> None:
    for broken in (NO_MORE, "{0}", "{", "{topic.x}"):
        with pytest.raises(BadLetter):
            letter(Text(broken), address="x")


@pytest.mark.parametrize("language", SUPPORTED)
def test_a_letter_is_whole_in_every_language(language: str) -> None:
    told = letter(
        Strong(OFF), Text(NO_MORE), Button(OFF, "https://a.example/b"), language=language, topic="T", address="a@b.c"
    )
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in told.html
    assert (OFF in told.text) == (language == "en")
    assert ("\u2068T\u2069" in told.text) == (language == "ar")
    assert "\u2068" not in told.subject
    _Whole().check(told.html)
    assert max(map(len, told.text.splitlines())) <= 76


def test_a_letter_asks_for_nothing_from_outside_and_carries_no_script() -> None:
    told = letter(Strong(OFF), Quote("x"))
    assert not re.search(r"<script|<img|<link|@import|url\(|\son\w+=", told.html)


class _Whole(HTMLParser):
    """Fails for a tag that is not closed, or closed out of turn."""

    def check(self, html: str) -> None:
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
