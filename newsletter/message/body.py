"""Both parts of a letter as quoted-printable octets, set once and then joined with each person's values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import NamedTuple, Self

from newsletter.message.attachment import NOTHING_ATTACHED, Attached
from newsletter.message.boundary import delimiters, mime_fields, part_head
from newsletter.message.merge import Tag
from newsletter.message.prepared import Part, Prepared
from newsletter.message.quoted import seamed
from newsletter.message.slots import Place, Slot
from newsletter.message.writers import MAY_BE_PLAIN, TEXT, Coder, Manner, as_it_is, coder, plain_in

_Way = tuple[Slot, Manner | None]
"""A component of a link is written alike in both parts, so it belongs to none."""


class _Value(NamedTuple):
    """The value of one tag: `coders` are the different ways in which it is written, `is_plain` where all are one."""

    tag: Tag
    is_plain: Callable[[str], object]
    coders: tuple[Coder, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """What follows the head in the letters of one version in one language, ready but for each person's values.

    Between the `pieces`, before the first and after the last there is something to be written, and `order` takes it
    from: the head, the end, and each of the values in each of its ways. `files` follow, the same octets in each.
    """

    pieces: tuple[bytes, ...]
    values: tuple[_Value, ...]
    order: Callable[[list[bytes]], tuple[bytes, ...]]
    end: bytes
    files: bytes = b""

    @classmethod
    def of(cls, prepared: Prepared, boundary: str, files: Attached = NOTHING_ATTACHED) -> Self:
        """The body of a prepared text; `boundary` is one that quoted-printable cannot hold."""
        start, end = delimiters(boundary)
        text, html = seamed(prepared.text.pieces), seamed(prepared.html.pieces)
        text[0] = files.before(mime_fields(boundary, "7bit")) + start + part_head("plain") + text[0]
        joint = text.pop() + start + part_head("html") + html.pop(0)
        ways = [_way(slot, part) for part in (prepared.text, prepared.html) for slot in part.slots]
        coders = _coders(ways)
        numbers = {way: number for number, way in enumerate(chain.from_iterable(coders.values()), 2)}
        values = [
            _Value(tag, plain_in({slot.place for slot, _ in written}), tuple(written.values()))
            for (tag, _), written in coders.items()
        ]
        pieces = (*text, joint, *html)
        return cls(pieces, tuple(values), itemgetter(0, *map(numbers.__getitem__, ways), 1), end, files.octets)

    def octets(self, head: bytes, values: Mapping[str, str]) -> bytes:
        """One person's letter, whole. Raises BadLetter like `Prepared.fill`, whose parts it holds exactly."""
        written = [head, self.end]
        for tag, is_plain, coders in self.values:
            value = tag.value_from(values)
            if is_plain(value):
                written += [as_it_is(value)] * len(coders)
            else:
                written += [code(value) for code in coders]
        line = [b""] * (2 * len(self.pieces) + 1)
        line[::2] = self.order(written)
        line[1::2] = self.pieces
        line.append(self.files)
        return b"".join(line)


def _way(slot: Slot, part: Part) -> _Way:
    return slot, None if slot.place is Place.PART else part.manner


def _coders(ways: list[_Way]) -> dict[tuple[Tag, bool], dict[_Way, Coder]]:
    """Each way once, those of a tag together if a plain value is written alike in all of them."""
    coders: dict[tuple[Tag, bool], dict[_Way, Coder]] = {}
    for slot, manner in ways:
        together = coders.setdefault((slot.tag, slot.place in MAY_BE_PLAIN), {})
        together[slot, manner] = coder(slot, manner or TEXT)
    return coders
