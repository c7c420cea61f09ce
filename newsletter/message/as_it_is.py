"""The values of a letter that are all written as they are, as nearly everybody's are: one look at them together."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from newsletter.message.merge import Several, Tag
from newsletter.message.quoted import LONGEST
from newsletter.message.slots import Place, Slot
from newsletter.message.writers import PLAIN_WORDS, TEXT, Manner, around_lines, in_lines, plain_in

Way = tuple[Slot, Manner | None]
"""A slot in one part. A component of a link is written alike in both parts, so it belongs to none."""


@dataclass(frozen=True, slots=True)
class AsItIs:
    """`order` gives for each way where its octets are in what `written` gives."""

    order: Mapping[Way, int]
    _names: tuple[str, ...]
    _links: tuple[str, ...]
    """The names of values of which links are made."""
    _are_plain: Callable[[str], object]
    _lines: tuple[tuple[int, bytes, bytes], ...]
    """Of each way of LINES: which value that is, and what stands before and after it."""

    @classmethod
    def of(cls, groups: Sequence[tuple[Tag, Sequence[Way]]]) -> Self | None:
        """The values of each tag's ways; None where one of them is never written as it is."""
        patterns = [_pattern({slot.place for slot, _ in ways}) for _, ways in groups]
        if not all(patterns):
            return None
        order: dict[Way, int] = {}
        lines: list[tuple[int, bytes, bytes]] = []
        for number, (_, ways) in enumerate(groups):
            for slot, manner in ways:
                order[slot, manner] = number
                if slot.place is Place.LINES:
                    before, _, after = around_lines(slot, manner or TEXT)
                    order[slot, manner] = len(groups) + len(lines)
                    lines.append((number, before, after))
        links = tuple(tag.name for tag, ways in groups if any(slot.place is Place.PART for slot, _ in ways))
        are_plain = re.compile("\0".join(patterns)).fullmatch
        return cls(order, tuple(tag.name for tag, _ in groups), links, are_plain, tuple(lines))

    def written(self, values: Mapping[str, str]) -> list[bytes] | None:
        """The octets of one person's values; None where one is missing or needs more than to be written as it is."""
        try:
            together = "\0".join([values[name] for name in self._names])
        except KeyError:
            return None
        if not self._are_plain(together) or (self._links and self._are_several(values)):
            return None
        written = [octets if len(octets) <= LONGEST else in_lines(octets) for octets in together.encode().split(b"\0")]
        written += [before + written[at] + after if written[at] else b"" for at, before, after in self._lines]
        return written

    def _are_several(self, values: Mapping[str, str]) -> bool:
        return any(isinstance(values[name], Several) for name in self._links)


def _pattern(places: set[Place]) -> str:
    return f"(?:{PLAIN_WORDS})?" if places == {Place.LINES} else plain_in(places)
