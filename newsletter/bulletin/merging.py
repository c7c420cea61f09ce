"""Two edits of one text put together, where they touch different lines. Pure."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

MOST_LINES = 4_000  # beyond that, comparing takes seconds


def merged(base: str, ours: str, theirs: str) -> str | None:
    """The text with what both changed in `base`; None where they changed the same lines, or lines side by side.

    Lines that neither changed stand between any two changes that are put together, so each change keeps its
    surroundings.
    """
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    texts = [text.split("\n") for text in (base, ours, theirs)]
    if max(map(len, texts)) > MOST_LINES:
        return None
    lines: list[str] = []
    for before, mine, yours in _stretches(*texts):
        if mine == before:
            lines += yours
        elif yours in (before, mine):
            lines += mine
        else:
            return None
    return "\n".join(lines)


def _stretches(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """The three texts cut at the lines all three have in common: base, ours, theirs in turn."""
    in_ours, in_theirs = _found_again(base, ours), _found_again(base, theirs)
    a = b = c = 0
    for line in sorted(in_ours.keys() & in_theirs.keys()):
        yield base[a:line], ours[b : in_ours[line]], theirs[c : in_theirs[line]]
        yield (base[line : line + 1],) * 3
        a, b, c = line + 1, in_ours[line] + 1, in_theirs[line] + 1
    yield base[a:], ours[b:], theirs[c:]


def _found_again(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Where each line of the base that stayed stands in another text."""
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}
