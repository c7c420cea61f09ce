"""Blocks: what a bulletin is made of whose writer wants a layout. Plain data; `bulletin.blocks` reads them."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    IMAGE = "image"
    BUTTON = "button"
    TABLE = "table"
    COLUMNS = "columns"
    COLUMN = "column"


class Align(StrEnum):
    """Where what is in a block stands; empty: where a text begins in its language."""

    START = ""
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `markdown` is what stands in it, from `line` on; its `:::` stands on the line `opened`.

    `width` is that of an image in pixels, 0 for as wide as there is room. Columns have columns in them, and
    those their `inner` blocks.
    """

    kind: Kind
    markdown: str
    line: int
    opened: int
    align: Align = Align.START
    width: int = 0
    inner: tuple["Block", ...] = ()
