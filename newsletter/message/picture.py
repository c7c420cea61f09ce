"""The name of a picture of ours says what it is: `0123456789abcdef0123-1200x800.png`, its content's hash and its size.

So a name always means the same octets, and whoever sets a text need not look the picture up.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SCHEME = "picture:"
COLUMN = 560
"""Pixels: what the text of a letter is wide. A picture is stored with twice as many, for fine screens."""

_NAME = re.compile(r"[0-9a-f]{20}-([1-9][0-9]{0,4})x([1-9][0-9]{0,4})\.(?:png|jpg|gif)")
_MENTIONED = re.compile(rf"picture:(?P<name>{_NAME.pattern})(?![0-9a-z])")


@dataclass(frozen=True, slots=True)
class PictureName:
    """A name, read; pixels."""

    name: str
    width: int
    height: int

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height in a letter: half of what is there, or all of a small one, and never wider than the text."""
        width = min(self.width, COLUMN)
        return width, max(1, round(self.height * width / self.width))


def read_name(name: str) -> PictureName | None:
    """A name, or None for what is none."""
    found = _NAME.fullmatch(name)
    return PictureName(name, int(found[1]), int(found[2])) if found else None


def mentioned_pictures(text: str) -> Iterator[tuple[str, int]]:
    """The pictures that a text names, each time with where it does."""
    return ((found["name"], found.start()) for found in _MENTIONED.finditer(text))
