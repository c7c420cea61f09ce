"""Building a bulletin with blocks, without JavaScript."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from newsletter.bulletin.blocks import as_blocks_text, read_blocks
from newsletter.bulletin.past import saves
from newsletter.bulletin.write import newest_of, write
from newsletter.message.block import Align, Block, Kind
from newsletter.web.staff.block_form import blocks_of, pressed
from newsletter.web.staff.block_words import markdown_of, told
from tests.web.staff.bulletins.newsroom import Newsroom

TEXT = """---
number: TB-1
title: Grease
class: technical
models: VX-500
language: en, de
title.de: Fett
{more}---
Hello {{{{ model }}}}.
---de---
Hallo.
"""
PAGE = "/staff/bulletins/TB-1/blocks"


def put(room: Newsroom, text: str) -> None:
    with room.db.write() as session:
        write(session, text, "bea", room.now)


def saved(room: Newsroom) -> str:
    with room.db.read() as session:
        return newest_of(session, "TB-1").source


@pytest.fixture
def built(sqlite_room: Newsroom) -> Newsroom:
    """A bulletin that was turned into blocks."""
    put(sqlite_room, TEXT.format(more=""))
    assert post(sqlite_room, PAGE, do="turn").status_code == 303
    return sqlite_room


def post(room: Newsroom, page: str, **fields: str) -> TestResponse:
    seen = re.search(r'name="seen" value="([^"]*)"', room.open(page).text)
    return room.post(page, **{"seen": seen[1] if seen else "", **fields})


FIRST = {"b0-kind": "text", "b0-text": "Hello {{ model }}."}


def test_a_text_becomes_its_first_block_in_every_language(built: Newsroom) -> None:
    text = saved(built)
    assert "layout: blocks\n" in text
    assert "---\n:::text\nHello {{ model }}.\n:::\n---de---\n:::text\nHallo.\n:::\n" in text
    page = built.open(PAGE).text
    assert "Hello {{ model }}." in page
    assert "Hallo." in built.open(f"{PAGE}?language=de").text


def test_blocks_are_added_filled_moved_and_saved_button_by_button(built: Newsroom) -> None:
    page = post(built, PAGE, **FIRST, **{"top-new": "button"}, do="add-top").text
    assert 'name="b1-kind" value="button"' in page
    second = {**FIRST, "b1-kind": "button", "b1-text": "[Read](https://acme.example/)", "b1-align": "center"}
    page = post(built, PAGE, **second, do="up-b1").text
    assert page.index(">\nhttps://acme.example/</textarea>") < page.index("Hello {{ model }}.")
    turned = {"b0-kind": "button", "b0-text": second["b1-text"], "b0-align": "center", "b1-kind": "text"}
    assert post(built, PAGE, **turned, **{"b1-text": "Hi"}, do="save").status_code == 303
    text = ":::button center\n[Read](https://acme.example/)\n:::\n:::text\nHi\n:::\n---de---\n:::text\nHallo."
    assert text in saved(built)
    with built.db.read() as session:
        version = newest_of(session, "TB-1")
        assert next(save.author for save in saves(session, version.bulletin_id)) == "ada@vendor.example"


def test_columns_hold_blocks_of_their_own(built: Newsroom) -> None:
    page = post(built, PAGE, **FIRST, **{"top-new": "columns2"}, do="add-top").text
    assert 'name="b1-columns" value="2"' in page
    columns = {**FIRST, "b1-kind": "columns", "b1-columns": "2"}
    page = post(built, PAGE, **columns, **{"b1c1-new": "image"}, do="add-b1c1").text
    assert 'name="b1c1b0-kind" value="image"' in page
    inner = {"b1c1b0-kind": "image", "b1c1b0-text": "![A](https://acme.example/a.png)", "b1c1b0-width": "200"}
    assert post(built, PAGE, **columns, **inner, do="save").status_code == 303
    assert ":::columns\n:::column\n:::\n:::column\n:::image width=200\n![A]" in saved(built)
    page = post(built, PAGE, **columns, **inner, do="drop-b1c1b0").text
    assert "b1c1b0-kind" not in page


def test_one_language_is_built_and_the_other_stays(built: Newsroom) -> None:
    fields = {"b0-kind": "heading", "b0-text": "# Fett"}
    answer = post(built, f"{PAGE}?language=de", **fields, do="save")
    assert answer.location.endswith("?language=de")
    assert "Hello {{ model }}.\n:::\n---de---\n:::heading\n# Fett\n:::\n" in saved(built)


def test_what_is_wrong_is_said_with_its_block_and_nothing_typed_is_lost(built: Newsroom) -> None:
    wrong = {**FIRST, "b1-kind": "image", "b1-text": "no <image>"}
    answer = post(built, PAGE, **wrong, do="save")
    assert answer.status_code == 400
    assert "Block 2, image: In this :::image stands something else than an image." in unescape(answer.text)
    assert "no &lt;image&gt;" in answer.text
    assert "no <image>" not in saved(built)


def test_who_builds_while_somebody_else_saves_overwrites_nothing(built: Newsroom) -> None:
    seen = re.search(r'name="seen" value="([^"]*)"', built.open(PAGE).text)
    put(built, saved(built).replace("Hallo", "Servus"))
    assert seen
    answer = built.post(PAGE, **{"seen": seen[1], **FIRST, "do": "save"})
    assert answer.status_code == 409
    assert "Somebody else changed TB-1" in answer.text
    assert "Servus" in saved(built)


def test_a_look_is_a_letter_of_what_stands_in_the_form_and_saves_nothing(built: Newsroom) -> None:
    before = saved(built)
    assert "Hello" in built.open(f"{PAGE}/letter").text
    fields = {"b0-kind": "text", "b0-text": "Look <b>here</b>"}
    answer = built.post(f"{PAGE}/letter", **fields)
    assert "Look &lt;b&gt;here&lt;/b&gt;" in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    fields["b0-text"] = "{{ nobody }}"
    answer = built.post(f"{PAGE}/letter", **fields)
    assert answer.status_code == 400
    assert "Block 1, text" in answer.text
    assert saved(built) == before


def test_what_the_page_cannot_show_it_leaves_to_the_editor(sqlite_room: Newsroom) -> None:
    conditional = ":::if model VX-500\n:::text\nHello\n:::\n:::"
    text = TEXT.format(more="layout: blocks\n").replace("Hello {{ model }}.", conditional)
    put(sqlite_room, text.replace("Hallo.", ":::text\nHallo.\n:::"))
    page = sqlite_room.open(PAGE).text
    assert "Open it in the editor" in page
    assert post(sqlite_room, PAGE, do="turn").status_code == 404


def test_a_button_that_is_not_there_changes_nothing() -> None:
    blocks = [Block(Kind.TEXT, "a", 0, 0)]
    for button in ("up-b7", "down-b0", "drop-b9", "drop-b0c0b0", "add-b0c0", "add-top", "x", "up-", "add-b7c1"):
        assert pressed(blocks, button, {"top-new": "mj-raw", "b0c0-new": "columns2", "b7c1-new": "text"}) == blocks


SAID = {
    "an image": (
        Kind.IMAGE,
        {"src": "https://a.example/a.png", "alt": "A", "link": ""},
        "![A](https://a.example/a.png)",
    ),
    "an image that leads somewhere": (
        Kind.IMAGE,
        {"src": "picture:a.png", "alt": "A [b]", "link": "https://a.example/"},
        "[![A \\[b\\]](picture:a.png)](https://a.example/)",
    ),
    "a button": (
        Kind.BUTTON,
        {"words": "Read", "href": "https://a.example/?s={{ serial }}"},
        "[Read](https://a.example/?s={{ serial }})",
    ),
    "a button with a tag alone": (
        Kind.BUTTON,
        {"words": "Done", "href": "{{ acknowledge_url }}"},
        "[Done]({{ acknowledge_url }})",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_words_and_addresses_are_asked_for_one_by_one(name: str) -> None:
    kind, said, markdown = SAID[name]
    assert markdown_of(kind, said) == markdown
    assert told(Block(kind, markdown, 0, 0)) == said
    assert (
        blocks_of({"b0-kind": kind, **{f"b0-{field}": value for field, value in said.items()}})[0].markdown == markdown
    )


@given(st.text("a []()\\{}!\n<>"), st.text("a:/[](){} \\<>"), st.sampled_from([Kind.IMAGE, Kind.BUTTON]))
def test_whatever_is_typed_stays_one_image_or_one_button(words: str, address: str, kind: Kind) -> None:
    said = dict.fromkeys(("src", "link", "href"), f"https://a.example/{address}") | {"alt": words, "words": words}
    again = told(Block(kind, markdown_of(kind, said), 0, 0))
    assert again is not None
    assert again["alt" if kind is Kind.IMAGE else "words"] == " ".join(words.split())


def test_markdown_that_says_more_is_left_as_it_is() -> None:
    for text in ("![a](b) c", "[a](b) [c](d)", "words", '[**a**](b "title")'):
        assert told(Block(Kind.BUTTON, text, 0, 0)) is None
        assert told(Block(Kind.IMAGE, text, 0, 0)) is None


PATHS = st.sampled_from(["top", "b0", "b1", "b0c0", "b1c1", "b0c0b0", "b1c1b1"])


@given(
    st.lists(st.tuples(st.sampled_from(["add", "up", "down", "drop"]), PATHS, st.sampled_from(["text", "columns2"])))
)
def test_whatever_is_pressed_the_blocks_are_written_and_read_the_same(presses: list[tuple[str, str, str]]) -> None:
    blocks: list[Block] = []
    for act, path, kind in presses:
        blocks = pressed(blocks, f"{act}-{path}", {f"{path}-new": kind})
    read = read_blocks(as_blocks_text(blocks), 1)
    assert [block.kind for block in read] == [b.kind for b in blocks if b.kind is Kind.COLUMNS or b.markdown.strip()]


def test_a_form_of_nonsense_is_read_as_far_as_it_makes_sense() -> None:
    form = {"b0-kind": "text", "b0-align": "<b>", "b0-width": "9" * 90, "b1-kind": "columns", "b1-columns": "x"}
    first, second = blocks_of({**form, "b2-kind": "mj-raw"})
    assert (first.align, first.width) == (Align.START, 0)
    assert len(second.inner) == 1
