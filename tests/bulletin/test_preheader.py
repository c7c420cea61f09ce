"""What a list of mails shows behind the subject, in the octets of a mail."""

import email
import html as web
import re
from datetime import UTC, datetime
from email import policy

import pytest

from newsletter.bulletin.compose import needed_tags
from newsletter.bulletin.fields import Fields, Spoken, as_fields, as_text
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Machine, Reader
from newsletter.errors import BadBulletin
from newsletter.links import Links
from newsletter.message.frame import FILLER
from tests.bulletin.drafts import draft, press_of

READER = Reader("nora@toolroom.example", "Nora", "Frost", "en", (Machine(1, "VX", "A1", "K1", "T"),), (("K1", "T"),))
TWO = draft().replace("language: en\n", "language: en, de\npreheader.de: Mit der halben Menge\n") + "---de---\nText\n"


def html_of(text: str, links: Links, language: str = "en") -> str:
    """The HTML part as a mail program reads it from the wire."""
    reader = Reader(READER.address, "Nora", "Frost", language, READER.machines, READER.accounts)
    octets = press_of(text, links).octets(reader, person_id=1, delivery_id=1, date=datetime(2026, 1, 1, tzinfo=UTC))
    part = email.message_from_bytes(octets, policy=policy.default).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def first_words(html: str) -> str:
    """What stands first in the body, without tags."""
    return web.unescape(re.sub(r"<[^>]+>", "", html.partition("<body")[2].partition(">")[2])).lstrip()


def test_the_preheader_stands_first_and_hidden_and_nothing_follows_it_in_a_list(links: Links) -> None:
    html = html_of(draft(), links)
    assert first_words(html).startswith(f"With half the amount{FILLER}")
    hidden = html[: html.index("With half")].rpartition("<div")[2]
    assert "display:none" in hidden.replace(" ", "")


def test_without_one_the_title_stands_there(links: Links) -> None:
    html = html_of(draft(preheader=""), links)
    assert first_words(html).startswith("Grease the spindle")
    assert FILLER[:2] not in web.unescape(html)


def test_each_language_has_its_own(links: Links) -> None:
    assert first_words(html_of(TWO, links, "de")).startswith("Mit der halben Menge")
    assert first_words(html_of(TWO.replace("preheader.de: Mit der halben Menge\n", ""), links, "de")).startswith(
        "With half"
    )


def test_values_stand_in_it_and_who_lacks_one_gets_no_copy(links: Links) -> None:
    text = draft(preheader="{{ first_name }}, <b>grease</b>")
    assert first_words(html_of(text, links)).startswith("Nora, <b>grease")
    assert "first_name" in needed_tags(read_source(text))


def test_the_text_part_does_not_repeat_it(links: Links) -> None:
    ((_, letter),) = press_of(draft(), links).specimens()
    assert "With half the amount" not in letter.text


def test_an_unknown_tag_in_it_is_refused_where_it_stands(links: Links) -> None:
    with pytest.raises(BadBulletin) as wrong:
        press_of(draft(preheader="Hello {{ nmae }}"), links).proof()
    assert (wrong.value.line, wrong.value.column) == (4, 18)


def test_one_in_a_language_without_text_is_refused() -> None:
    with pytest.raises(BadBulletin, match="preheader in 'fr'"):
        read_source(draft().replace("class:", "preheader.fr: Oui\nclass:"))


def test_the_form_has_a_field_for_it() -> None:
    fields = Fields(number="TB-1", klass="technical", spoken=(Spoken("en", "T", "P", "x"),))
    again = as_fields(as_text(fields))
    assert again is not None
    assert again.spoken == fields.spoken
    assert read_source(as_text(fields)).sections[0].preheader == "P"
