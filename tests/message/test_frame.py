"""What stands around the text of a bulletin."""

import re
from dataclasses import replace

import pytest

from newsletter.errors import BadBulletin
from newsletter.message.render import prepare
from tests.message.bulletins import FRAME, LUBRICATION, TAGS, VALUES
from tests.message.reading import Reader, filled, read


def test_the_lines_of_the_frame_hold_every_machine_or_are_left_out() -> None:
    html, text = filled("Hello")
    assert "Your machines:<br>PR-90, K55012<br>PR-120, &lt;K60001&gt;</p>" in html
    assert "Your machines:\nPR-90, K55012\nPR-120, <K60001>\n\nYou get this" in text
    html, text = filled("Hello", machines=" \n")
    assert "machines" not in html + text


def test_a_frame_without_lines_and_with_one_link_is_a_frame() -> None:
    frame = replace(FRAME, lines=None, links=FRAME.links[:1])
    html, text = prepare(markdown="Hello", tags=TAGS, frame=frame).fill(VALUES)
    assert [link["href"] for link in Reader(html).every("a")] == [VALUES["opt_out_url"]]
    assert f"Stop these letters: {VALUES['opt_out_url']}" in text


def test_the_frame_says_language_and_direction_where_mail_readers_keep_it() -> None:
    frame = replace(FRAME, language="ar", direction="rtl")
    reader = Reader(prepare(markdown="مرحبا", tags=TAGS, frame=frame).fill(VALUES)[0])
    for element in (reader.every("html")[0], reader.every("div")[0]):
        assert (element["lang"], element["dir"]) == ("ar", "rtl")


def test_a_string_of_the_frame_that_is_no_text_or_has_an_unknown_tag_is_refused() -> None:
    for preheader in ("a\ud800", "a\0", "{{ nobody }}"):
        with pytest.raises(BadBulletin):
            prepare(markdown="x", tags=TAGS, frame=replace(FRAME, preheader=preheader))


def test_the_strings_of_the_frame_are_escaped() -> None:
    html, _ = prepare(markdown="x", tags=TAGS, frame=replace(FRAME, vendor="<b>K</b>", why='"&<i>')).fill(VALUES)
    assert "&lt;b&gt;K&lt;/b&gt;" in html
    assert "<i>" not in html


def test_every_layout_table_is_marked_as_such_and_every_image_has_its_words() -> None:
    reader = read(LUBRICATION)
    assert [table.get("role") for table in reader.every("table")] == ["presentation", None]
    assert reader.every("img") == [
        {
            "src": "https://www.example.com/nipple.png",
            "alt": "Grease nipple at PR-90",
            "title": "At the PR-90",
            "style": "max-width:100%;height:auto;border:0",
        }
    ]


def test_numbers_in_a_table_stand_where_the_column_wants_them() -> None:
    styles = [dict(rule.split(":") for rule in str(cell["style"]).split(";")) for cell in read(LUBRICATION).every("th")]
    assert [style["text-align"] for style in styles] == ["right", "center", "start"]


def test_the_styles_are_inline_and_only_what_cannot_be_is_not() -> None:
    html, _ = filled("# A\n\nb")
    assert re.search(r'<h1 style="[^"]*margin:', html)
    assert html.count("<style>") == 1
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme" content="light dark"' in html


def test_the_frame_weighs_less_than_4_kb() -> None:
    assert len(filled("x")[0].encode()) < 4096
