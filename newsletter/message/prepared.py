"""A text that is set: filled for each person by joining, by whoever need not know how it was set.

Setting a text anew for each person gives about 300 letters a second; joining ready pieces gives over 50,000.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.message.slots import Slot
from newsletter.message.writers import Manner, writer


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the letter: ready `pieces` and, between each two, the slot of a value."""

    manner: Manner
    pieces: tuple[str, ...]
    slots: tuple[Slot, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """The part for one person."""
        written = [writer(slot, self.manner)(slot.tag.value_from(values)) for slot in self.slots]
        return "".join(piece + value for piece, value in zip(self.pieces, [*written, ""], strict=True))


@dataclass(frozen=True, slots=True)
class Prepared:
    """One version of a bulletin in one language, ready to be filled for each person."""

    html: Part
    text: Part

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the values that text and frame speak of, each once, in order."""
        return tuple(dict.fromkeys(slot.tag.name for slot in self.html.slots + self.text.slots))

    @property
    def required(self) -> tuple[str, ...]:
        """The names for which every person needs a value, in order: without one, `fill` raises BadLetter."""
        slots = self.html.slots + self.text.slots
        return tuple(dict.fromkeys(slot.tag.name for slot in slots if slot.tag.default is None))

    def fill(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The HTML and the text for one person. Whatever the values hold is shown, never acted on.

        Raises BadLetter where a value is missing or where a link's value is no http, https or mailto link.
        """
        return self.html.fill(values), self.text.fill(values)
