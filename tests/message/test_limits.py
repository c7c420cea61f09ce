"""Texts that would take seconds to set, and texts that are no text."""

import pytest

from newsletter.errors import BadBulletin
from newsletter.message.render import prepare
from tests.message.bulletins import FRAME, TAGS

BOMBS = {
    "over 1 MB": "x" * 1_000_001,
    "over 1 MB in octets": "ä" * 500_001,
    "lines": "a\n" * 20_002,
    "signs": "*" * 100_001,
    "brackets": "[" * 50_000,
    "images": "![" * 40_000,
    "unfinished links": "[a](" * 20_000,
    "quotes": ">" * 5_000 + "a",
    "lists": "- " * 5_000 + "a",
    "stairs": "".join("  " * step + "- a\n" for step in range(500)),
    "emphasis": "**a " * 5_000 + "b" + " a**" * 5_000,
    "a table that grows": "x|" * 3_000 + "\n" + "-|" * 3_000 + "\n" + "x\n" * 10_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_text_too_large_or_too_deep_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadBulletin) as refusal:
        prepare(markdown=text, tags=TAGS, frame=FRAME)
    assert refusal.value.hint


def test_a_bomb_is_refused_at_its_line() -> None:
    with pytest.raises(BadBulletin, match="Line 12, ") as refusal:
        prepare(markdown="a\n\n" + "> " * 30 + "b", tags=TAGS, frame=FRAME, first_line=10)
    assert "nested" in refusal.value.message


@pytest.mark.parametrize("char", ["\0", "\x1b", "\x0b", "\ud800", "\x7f"])
def test_a_text_that_is_no_text_is_refused_where_it_stands(char: str) -> None:
    with pytest.raises(BadBulletin, match=r"Line 2, column 3.*control character"):
        prepare(markdown=f"a\nbc{char}", tags=TAGS, frame=FRAME)


def test_a_long_text_that_people_could_write_is_set() -> None:
    prose = "Read the hours on the *Diagnosis* page, then [order](https://www.example.com/k) the kit.\n\n" * 500
    html, _ = prepare(markdown=prose, tags=TAGS, frame=FRAME).fill(
        {"model": "a", "account": "b", "opt_out_url": "https://a.example", "preferences_url": "https://a.example"}
    )
    assert html.count("<em") == 500
