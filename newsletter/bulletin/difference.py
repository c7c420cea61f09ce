"""What changed between two texts, side by side, for somebody who reads it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

AROUND = 2  # lines of what stayed, before and after a change
MOST_ROWS = 600
_MOST_LINES = 4_000  # beyond that, comparing takes seconds


class Kind(StrEnum):
    """What became of a line."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"
    CHANGED = "changed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line; `is_other`: it does not stand so on the other side."""

    text: str
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line before and now, each in pieces with its number; 0 and nothing where there is none.

    A skipped row stands for `before_line` lines that stayed the same.
    """

    kind: Kind
    before_line: int = 0
    before: tuple[Piece, ...] = ()
    now_line: int = 0
    now: tuple[Piece, ...] = ()


def difference(before: str, now: str) -> list[Row]:
    """The rows, at most `MOST_ROWS`; none where both are the same."""
    old, new = before.split("\n")[:_MOST_LINES], now.split("\n")[:_MOST_LINES]
    if old == new:
        return []
    groups = SequenceMatcher(None, old, new).get_grouped_opcodes(AROUND)
    rows: list[Row] = []
    at = 0
    for group in groups:
        if skipped := group[0][1] - at:
            rows.append(Row(Kind.SKIPPED, skipped))
        for tag, a1, a2, b1, b2 in group:
            rows += _rows(tag, old[a1:a2], new[b1:b2], a1 + 1, b1 + 1)
        at = group[-1][2]
        if len(rows) >= MOST_ROWS:
            break
    return rows[:MOST_ROWS]


def _rows(tag: str, old: Sequence[str], new: Sequence[str], a: int, b: int) -> Iterator[Row]:
    for index in range(max(len(old), len(new))):
        if index >= len(new):
            yield Row(Kind.GONE, a + index, (Piece(old[index], is_other=True),))
        elif index >= len(old):
            yield Row(Kind.NEW, now_line=b + index, now=(Piece(new[index], is_other=True),))
        elif tag == "equal":
            yield Row(Kind.SAME, a + index, (Piece(old[index]),), b + index, (Piece(new[index]),))
        else:
            before, now = _pieces(old[index], new[index])
            yield Row(Kind.CHANGED, a + index, before, b + index, now)


def _pieces(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """By words, because who reads looks for words."""
    if len(old) + len(new) > 4_000:
        return (Piece(old, is_other=True),), (Piece(new, is_other=True),)
    a, b = _words(old), _words(new)
    before, now = [], []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        before += [Piece("".join(a[a1:a2]), tag != "equal")] if a2 > a1 else []
        now += [Piece("".join(b[b1:b2]), tag != "equal")] if b2 > b1 else []
    return tuple(before), tuple(now)


def _words(line: str) -> list[str]:
    return [word for part in line.split(" ") for word in (part, " ")][:-1]
