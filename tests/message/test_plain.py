"""The plain-text part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message.render import prepare
from newsletter.message.wrap import columns, wrapped
from tests.message.bulletins import FIRMWARE, FRAME, LUBRICATION, TAGS, VALUES


def body(markdown: str, **values: str) -> str:
    text = prepare(markdown=markdown, tags=TAGS, frame=FRAME).fill({**VALUES, **values})[1]
    return text.partition("Kessler & Sohn\n\n")[2].partition("\n\n" + "-" * 40)[0]


def test_a_bulletin_reads_well_as_plain_text() -> None:
    assert (
        body(LUBRICATION)
        == """\
Grease the press earlier
========================

Hello Jürgen,

your PR-90 with serial number *K55012* needs grease sooner, and
this sentence is long enough to break.

Intervals
---------

  Hours  Manual     Now
-------  ---------  ----------------
up to 8  24 months  ~24~ *18 months*
     16  24 months  K55012

1. Read the hours on the Diagnosis page.
2. Order kit K-77 (https://www.example.com/k-77) or book a visit
   (https://www.example.com/s?unit=K55012&a=47%2F11%20%26%20Co#x).
   * with a fitter
   * without

[Grease nipple at PR-90]

> Running hot? Stop and call +49401234."""
    )


def test_code_is_indented_and_addresses_are_not_told_twice() -> None:
    assert (
        body(FIRMWARE, first_name="")
        == """\
Dear colleague,

    DIAG> VERSION PR-90
    CTRL 7.4.1 <build>

* * *

Please tell us
(https://news.example.com/done?a=1&b=2) or write to
service@example.com. More: https://www.example.com/K55012"""
    )


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("a  \nb\nc", "a\nb c"),
        ("* a\n\n* b", "* a\n\n* b"),
        ("7. a\n8. b", "7. a\n8. b"),
        ("* a\n\n  b\n* c", "* a\n\n  b\n\n* c"),
        ("*\n* b", "*\n* b"),
        ("> a\n>\n> > b", "> a\n>\n> > b"),
        ("### a\nb", "a\n\nb"),
        ("    code\n\n    more", "    code\n\n    more"),
        ("[https://a.example/](https://a.example/)", "https://a.example/"),
        ("[a@b.example](mailto:a@b.example)", "a@b.example"),
        ("[](https://a.example/)", "https://a.example/"),
        ("a `b  c` &amp; \\*d\\* é", "a b c & *d* é"),
        ("", ""),
    ],
)
def test_each_kind_of_block_has_its_plain_shape(markdown: str, text: str) -> None:
    assert body(markdown) == text


def test_a_table_of_wide_letters_is_aligned_by_columns() -> None:
    assert body("|名前|b|\n|-|-|\n|a|主轴|\n|漢字漢字|c|") == "名前      b\n--------  ----\na         主轴\n漢字漢字  c"


def test_a_value_in_a_table_keeps_the_columns_after_it_in_place() -> None:
    lines = body("|a|n|b|\n|-|-:|-|\n|{{ model }}|{{ serial }}|x|\n|1234567|1|y|").split("\n")
    assert {lines[0].index("b"), lines[2].index("x"), lines[3].index("y")} == {lines[0].index("b")}
    assert lines[2].index("K55012") + len("K55012") == lines[3].index(" 1 ") + 2


def test_a_table_too_wide_for_a_page_becomes_records() -> None:
    wide = "word " * 18
    assert body(f"|Part|Why|\n|-|-|\n|K-1|{wide}|\n|K-2|{wide}|").split("\n")[0] == "Part: K-1"


def test_lines_break_at_76_columns_and_long_words_stay_whole() -> None:
    link = "https://www.example.com/" + "x" * 90
    lines = body("word " * 60 + f"<{link}> " + "word " * 30).split("\n")
    assert link in lines
    assert all(len(line) <= 76 for line in lines if line != link)


def test_wide_text_without_spaces_breaks_but_not_before_its_full_stop() -> None:
    lines = body("主轴轴承。" * 40).split("\n")
    assert all(columns(line) <= 77 for line in lines)
    assert not any(line.startswith("。") for line in lines)


@given(st.text(st.sampled_from("ab 漢。é\u0301("), max_size=200), st.integers(4, 40))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    assert "".join(wrapped(text, width)).replace(" ", "") == text.replace(" ", "")
