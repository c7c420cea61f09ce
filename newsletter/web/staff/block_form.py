"""Blocks as the fields of a form, and what its buttons do to them. What was typed is never lost. Pure.

The blocks are `b0`, `b1` …; those in the second column of the third are `b2c1b0` …. A block has its `b0-kind`,
`b0-text`, `b0-align` and `b0-width`, an image and a button the fields of `block_words` in place of the text; one of
columns says in `b2-columns` how many there are.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from newsletter.bulletin.blocks import MOST, MOST_COLUMNS
from newsletter.message.block import Align, Block, Kind
from newsletter.web.staff.block_words import FIELDS, markdown_of

BEGUN = {
    Kind.HEADING: "## ",
    Kind.TEXT: "",
    Kind.IMAGE: "![](https://)",
    Kind.BUTTON: "[](https://)",
    Kind.TABLE: "| Part | Amount |\n| --- | ---: |\n|  |  |",
}
"""What stands in a new block."""
OFFERED = {
    **{kind.value: kind.value.capitalize() for kind in BEGUN},
    "columns2": "Two columns",
    "columns3": "Three columns",
}
HINTS = {
    Kind.HEADING: "# for the largest, ### for the smallest, then the words.",
    Kind.TEXT: "Markdown.",
    Kind.IMAGE: "![What it shows](its address, or picture:NAME). Around it a link: [![…](…)](https://…).",
    Kind.BUTTON: "[Words](where it leads).",
    Kind.TABLE: "A line for each row, | between the cells, and below the first row a line of dashes.",
}
_PATH = re.compile(r"b(\d{1,3})(?:c(\d)b(\d{1,3}))?")
_LIST = re.compile(r"top|b(\d{1,3})c(\d)")


def blocks_of(form: Mapping[str, str]) -> list[Block]:
    """The blocks that a form holds."""
    return _list_of(form, "")


def pressed(blocks: Sequence[Block], button: str, form: Mapping[str, str]) -> list[Block]:
    """The blocks after a button; one that is not there changes nothing."""
    act, _, path = button.partition("-")
    if act == "add" and (found := _LIST.fullmatch(path)):
        added = _new(form.get(f"{path}-new", ""), is_inner=path != "top")
        return _in_list(blocks, found, added)
    place = _PATH.fullmatch(path)
    if place is None or act not in _MOVES:
        return [*blocks]
    first, column, inner = (int(part) if part else -1 for part in place.groups())
    if column < 0:
        return _MOVES[act]([*blocks], first)
    return _with_column(blocks, first, column, lambda inside: _MOVES[act](inside, inner))


def _list_of(form: Mapping[str, str], before: str) -> list[Block]:
    found = []
    for number in range(MOST + 1):
        path = f"{before}b{number}"
        kind = form.get(f"{path}-kind", "")
        if kind not in set(Kind):
            break
        found.append(_block(form, path, Kind(kind)))
    return found


def _block(form: Mapping[str, str], path: str, kind: Kind) -> Block:
    if kind is Kind.COLUMNS and "c" not in path:
        count = min(max(_number(form.get(f"{path}-columns", "")), 1), MOST_COLUMNS)
        columns = (tuple(_list_of(form, f"{path}c{at}")) for at in range(count))
        return Block(kind, "", 0, 0, inner=tuple(Block(Kind.COLUMN, "", 0, 0, inner=inner) for inner in columns))
    align = form.get(f"{path}-align", "")
    text = form.get(f"{path}-text", "").replace("\r\n", "\n").strip("\n")
    if (names := FIELDS.get(kind)) and f"{path}-{names[0]}" in form:
        text = markdown_of(kind, {name: form.get(f"{path}-{name}", "") for name in names})
    return Block(
        kind, text, 0, 0, Align(align) if align in set(Align) else Align.START, _number(form.get(f"{path}-width"))
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 5 else 0


def _new(kind: str, *, is_inner: bool) -> list[Block]:
    if kind in ("columns2", "columns3") and not is_inner:
        return [Block(Kind.COLUMNS, "", 0, 0, inner=(Block(Kind.COLUMN, "", 0, 0),) * int(kind[-1]))]
    return [Block(Kind(kind), BEGUN[Kind(kind)], 0, 0)] if kind in BEGUN else []


def _in_list(blocks: Sequence[Block], place: re.Match[str], added: list[Block]) -> list[Block]:
    if place[1] is None:
        return [*blocks, *added]
    return _with_column(blocks, int(place[1]), int(place[2]), lambda inside: [*inside, *added])


def _with_column(
    blocks: Sequence[Block], first: int, column: int, change: Callable[[list[Block]], list[Block]]
) -> list[Block]:
    if first >= len(blocks) or column >= len(blocks[first].inner):
        return [*blocks]
    inner = [
        replace(one, inner=tuple(change([*one.inner]))) if at == column else one
        for at, one in enumerate(blocks[first].inner)
    ]
    return [replace(one, inner=tuple(inner)) if at == first else one for at, one in enumerate(blocks)]


def _up(blocks: list[Block], at: int) -> list[Block]:
    if 0 < at < len(blocks):
        blocks[at - 1], blocks[at] = blocks[at], blocks[at - 1]
    return blocks


def _down(blocks: list[Block], at: int) -> list[Block]:
    return _up(blocks, at + 1)


def _drop(blocks: list[Block], at: int) -> list[Block]:
    return blocks[:at] + blocks[at + 1 :]


_MOVES = {"up": _up, "down": _down, "drop": _drop}
