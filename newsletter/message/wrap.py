"""Columns of a terminal: how wide text is, and where its lines break."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from unicodedata import category, combining, east_asian_width

COLUMNS = 76

Measure = Callable[[str], int]


def columns(text: str) -> int:
    """How many columns the text takes; an East Asian wide character takes two, a combining one none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def wrapped(text: str, width: int, measure: Measure = columns) -> list[str]:
    """The text in lines of at most `width` columns, broken at spaces and between wide characters; longer words stay."""
    return [line for given in text.split("\n") for line in _broken(given, width, measure)]


def _broken(text: str, width: int, measure: Measure) -> list[str]:
    lines, line, used = [], "", 0
    for gap, word in _words(text):
        size = measure(word)
        if line and used + len(gap) + size > width:
            lines.append(line)
            line, used = word, size
        else:
            line = f"{line}{gap}{word}" if line else word
            used += size + (len(gap) if used else 0)
    return [*lines, line]


def _words(text: str) -> Iterator[tuple[str, str]]:
    """The pieces a line can be made of, each with the space before it."""
    for word in re.findall(r"[^ \t]+", text):
        start = 0
        for at in _breaks(word):
            yield "" if start else " ", word[start:at]
            start = at


def _breaks(word: str) -> list[int]:
    if word.isascii():
        return [len(word)]
    inner = [at for at, (left, right) in enumerate(pairwise(word), 1) if _may_part(left, right)]
    return [*inner, len(word)]


def _may_part(left: str, right: str) -> bool:
    """Whether a line may break here: beside a wide character, not before closing or after opening marks."""
    if _columns(left) < 2 and _columns(right) < 2:
        return False
    return category(right) not in {"Pe", "Pf", "Po", "Mn", "Me", "Lm"} and category(left) not in {"Ps", "Pi"}


def _columns(char: str) -> int:
    if combining(char) or category(char) in {"Cf", "Mn", "Me"}:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1
