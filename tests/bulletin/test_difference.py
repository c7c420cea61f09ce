from time import thread_time

from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.difference import MOST_ROWS, Kind, Piece, Row, difference


def test_a_changed_word_is_marked_on_both_sides() -> None:
    (row,) = difference("grease it weekly", "grease it daily")
    assert row.before == (Piece("grease it "), Piece("weekly", is_other=True))
    assert row.now == (Piece("grease it "), Piece("daily", is_other=True))


def test_lines_come_and_go_with_what_stands_around_them() -> None:
    before = "\n".join("abcdefgh")
    assert [(row.kind, row.before_line, row.now_line) for row in difference(before, before.replace("e\n", ""))] == [
        (Kind.SKIPPED, 2, 0), (Kind.SAME, 3, 3), (Kind.SAME, 4, 4), (Kind.GONE, 5, 0),
        (Kind.SAME, 6, 5), (Kind.SAME, 7, 6),
    ]  # fmt: skip
    assert difference("a", "a\nb")[-1] == Row(Kind.NEW, now_line=2, now=(Piece("b", is_other=True),))


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_both_texts_can_be_read_back_from_the_pieces(before: str, now: str) -> None:
    rows = difference(before, now)
    assert bool(rows) == (before != now)
    lines = {row.now_line: "".join(piece.text for piece in row.now) for row in rows if row.now_line}
    assert all(now.split("\n")[number - 1] == line for number, line in lines.items())
    unseen = [line for number, line in enumerate(now.split("\n"), 1) if number not in lines]
    assert not rows or all(line in before.split("\n") for line in unseen)


def test_large_texts_are_compared_in_seconds_and_cut() -> None:
    began = thread_time()
    rows = difference("\n".join(map(str, range(20_000))), "\n".join(f"{n} x" for n in range(20_000)))
    assert len(rows) <= MOST_ROWS
    assert thread_time() - began < 5
