"""The places in a finished letter that differ from person to person, and what may stand in each.

While a text is being set, a slot is held by a token: letters and digits that Markdown, HTML and CSS pass untouched. The
token holds a hash of the text, which no text can hold of itself; it is gone before any person's value comes in.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import blake2b

from newsletter.message.merge import Tag, Template

NOMINAL = 12  # Columns we reckon for a value that is not known yet, when lines are broken and tables aligned.


class Place(Enum):
    """Where a slot stands."""

    TEXT = "in running text or in an attribute"
    CELL = "in a cell of a plain-text table, padded on its right"
    NUMBER = "in a right-aligned cell of a plain-text table, padded on its left"
    PART = "inside a link, one component of its path or query"
    LINK = "the whole of a link"
    LINES = "several lines, one below the other; left out with their surroundings if there are none"


@dataclass(frozen=True, slots=True)
class Slot:
    """One tag in one place. `around` is what stands before and after LINES."""

    tag: Tag
    place: Place
    around: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text and the slots they hold, in order."""

    key: str
    slots: list[Slot]

    @classmethod
    def unlike(cls, *texts: str) -> "Tokens":
        """Tokens that occur in none of the texts."""
        return cls("zq" + blake2b("\0".join(texts).encode(errors="surrogatepass"), digest_size=8).hexdigest(), [])

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds a token; group 1 is the number of its slot. A link's token looks like a link, to pass as one."""
        return re.compile(rf"(?:{self.key}n|https://{self.key}l)(\d+)q")

    def hold(self, tag: Tag, place: Place) -> str:
        """The token for a tag in a place."""
        self.slots.append(Slot(tag, place))
        start = f"https://{self.key}l" if place is Place.LINK else f"{self.key}n"
        return f"{start}{len(self.slots) - 1}q"

    def swap(self, template: Template) -> str:
        """The text of a template with a token for each tag."""
        return "".join(part if isinstance(part, str) else self.hold(part, Place.TEXT) for part in template.parts)

    def recast(self, text: str, place: Place) -> str:
        """The text with its tokens of running text put into another place."""

        def put(found: re.Match[str]) -> str:
            slot = self.slots[int(found[1])]
            return self.hold(slot.tag, place) if slot.place is Place.TEXT else found[0]

        return self.pattern.sub(put, text)

    def shown(self, text: str) -> str:
        """The text as staff wrote it."""
        return self.pattern.sub(lambda found: self.slots[int(found[1])].tag.source, text)

    @property
    def mark(self) -> str:
        """Stands at both ends of what surrounds LINES and goes with them."""
        return f"{self.key}m"

    def surrounded(self, text: str) -> str:
        """The text with what stands between two marks put into the slot of the LINES between them."""

        def take(found: re.Match[str]) -> str:
            before, number, after = found.groups()
            self.slots[int(number)] = replace(self.slots[int(number)], around=(before, after))
            return f"{self.key}n{number}q"

        return re.sub(rf"{self.mark}(.*?){self.key}n(\d+)q(.*?){self.mark}", take, text, flags=re.DOTALL)
