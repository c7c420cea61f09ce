"""Lists of anybody's HTML as lines of Markdown, those of Word included, which are paragraphs that say so."""

import re
from collections.abc import Sequence

WORD = "\0"  # before an item of a list of Word, until its neighbours are known


def item_lines(mark: str, pieces: Sequence[str]) -> str:
    """An item of a list, its other lines indented below its first."""
    if not pieces:
        return ""
    is_tight = all(re.match(r"(?:[-*+]|\d+\.) ", piece) for piece in pieces[1:])
    lines = ("\n" if is_tight else "\n\n").join(pieces).split("\n")
    return "\n".join(f"{mark if at == 0 else ' ' * len(mark)}{line}".rstrip() for at, line in enumerate(lines))


def word_lists_joined(pieces: Sequence[str]) -> list[str]:
    """The pieces of a text with neighbouring items of Word as one list."""
    joined: list[str] = []
    room = 0
    for piece in pieces:
        is_item = piece.startswith(WORD)
        is_next = is_item and bool(joined) and joined[-1].startswith(WORD)
        # An item of the third level right below one of the first would be no item in Markdown.
        item = piece.removeprefix(WORD).lstrip(" ")
        indent = min(len(piece) - len(item) - 1, room if is_next else 0)
        room = indent + 4
        if is_next:
            joined[-1] += f"\n{' ' * indent}{item}"
        else:
            joined.append(f"{WORD}{item}" if is_item else piece)
    return [piece.removeprefix(WORD) for piece in joined]
