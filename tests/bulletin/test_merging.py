"""What two people wrote at once is put together without losing a line, or not at all."""

from collections import Counter
from time import thread_time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from newsletter.bulletin.merging import MOST_LINES, merged

BASE = "title\n\nfirst\nsecond\n\nthird\nfourth\n"

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=12)
TEXTS = LINES.map("\n".join)
EDITS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["take out", "put in", "change"])), max_size=4)


def edited(lines: list[str], edits: list[tuple[int, str]], author: str) -> str:
    """The lines after some edits; what an author writes is that author's alone."""
    lines = [*lines]
    for number, (at, act) in enumerate(edits):
        if act == "put in" or at >= len(lines):
            lines.insert(at, f"{author} {number}")
        elif act == "change":
            lines[at] = f"{author} {number}"
        else:
            del lines[at]
    return "\n".join(lines)


@given(LINES, EDITS, EDITS)
def test_no_line_that_either_side_wrote_or_left_is_lost(
    lines: list[str], mine: list[tuple[int, str]], yours: list[tuple[int, str]]
) -> None:
    base, ours, theirs = "\n".join(lines), edited(lines, mine, "Ada"), edited(lines, yours, "Bo")
    both = merged(base, ours, theirs)
    assume(both is not None)
    assert both is not None
    found, was = Counter(both.split("\n")), Counter(base.split("\n"))
    for side, author in ((ours, "Ada "), (theirs, "Bo ")):
        assert [line for line in side.split("\n") if line.startswith(author)] == [
            line for line in both.split("\n") if line.startswith(author)
        ]
    for line, times in was.items():
        # What one of them took out is gone; nothing else is.
        taken_out = sum(max(0, times - side.split("\n").count(line)) for side in (ours, theirs))
        assert found[line] >= times - taken_out


@given(TEXTS, TEXTS, TEXTS)
def test_whose_text_is_whose_makes_no_difference_to_whether_it_can_be_put_together(a: str, b: str, c: str) -> None:
    assert merged(a, b, c) == merged(a, c, b)


@given(TEXTS, TEXTS)
def test_an_edit_beside_none_is_that_edit(base: str, edit: str) -> None:
    assert merged(base, edit, base) == merged(base, base, edit) == merged(base, edit, edit) == edit


@pytest.mark.parametrize(
    ("ours", "theirs", "both"),
    [
        pytest.param(("first", "1st"), ("third", "3rd"), "title\n\n1st\nsecond\n\n3rd\nfourth\n", id="two lines"),
        pytest.param(("title", "Title"), ("fourth\n", "fourth\nfifth\n"),
                     "Title\n\nfirst\nsecond\n\nthird\nfourth\nfifth\n", id="a line at the end"),
        pytest.param(("first\n", ""), ("third\n", ""), "title\n\nsecond\n\nfourth\n", id="two taken out"),
        pytest.param(("first", "1st"), ("first", "one"), None, id="the same line"),
        pytest.param(("first", "1st"), ("second", "2nd"), None, id="lines side by side"),
        pytest.param(("first", "1st"), ("first\n", ""), None, id="one changes what the other takes out"),
        pytest.param(("fourth\n", "fourth\nfive"), ("fourth\n", "fourth\nsix"), None, id="both add at the end"),
    ],
)  # fmt: skip
def test_edits_are_put_together_where_they_touch_different_lines(
    ours: tuple[str, str], theirs: tuple[str, str], both: str | None
) -> None:
    assert merged(BASE, BASE.replace(*ours), BASE.replace(*theirs)) == both


def test_large_texts_are_put_together_in_seconds_or_not_at_all() -> None:
    lines = [f"{number % 40}" for number in range(MOST_LINES - 1)]
    base = "\n".join(lines)
    began = thread_time()
    assert merged(base, f"top\n{base}", f"{base}\nend") == f"top\n{base}\nend"
    assert merged("\n" * 50_000, "a" + "\n" * 50_000, "\n" * 50_000 + "b") is None
    assert thread_time() - began < 10
