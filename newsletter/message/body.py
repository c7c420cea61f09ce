"""Both parts of a letter as quoted-printable octets, set once and then joined with each person's values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import NamedTuple, Self

from newsletter.message.as_it_is import AsItIs, Way
from newsletter.message.attachment import NOTHING_ATTACHED, Attached
from newsletter.message.boundary import delimiters, mime_fields, part_head
from newsletter.message.merge import Several, Tag
from newsletter.message.prepared import Part, Prepared
from newsletter.message.quoted import seamed
from newsletter.message.slots import Place, Slot
from newsletter.message.writers import MAY_BE_PLAIN, TEXT, Coder, coder, in_lines, plain_in

Order = Callable[[list[bytes]], tuple[bytes, ...]]


class _Value(NamedTuple):
    """The value of one tag: `coders` are the different ways in which it is written, `is_plain` where all are one."""

    tag: Tag
    is_plain: Callable[[str], object]
    coders: tuple[Coder, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """What follows the head in the letters of one version in one language, ready but for each person's values.

    Between the `pieces`, before the first and after the last there is something to be written, and `order` takes it
    from: the head, the end, and each of the values in each of its ways; `order_as_it_is` from the head, the end and
    what `as_it_is` has written. `files` follow, the same octets in each.
    """

    pieces: tuple[bytes, ...]
    values: tuple[_Value, ...]
    order: Order
    as_it_is: AsItIs | None
    order_as_it_is: Order
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
        numbers = {way: number for number, way in enumerate(chain.from_iterable(coders.values()))}
        as_it_is = AsItIs.of([(tag, tuple(written)) for (tag, _), written in coders.items()])
        return cls(
            (*text, joint, *html),
            tuple(_value(tag, written) for (tag, _), written in coders.items()),
            _order(ways, numbers),
            as_it_is,
            _order(ways, as_it_is.order if as_it_is else numbers),
            end,
            files.octets,
        )

    def octets(self, head: bytes, values: Mapping[str, str]) -> bytes:
        """One person's letter, whole. Raises BadLetter like `Prepared.fill`, whose parts it holds exactly."""
        plain = self.as_it_is.written(values) if self.as_it_is else None
        line = [b""] * (2 * len(self.pieces) + 1)
        if plain is None:
            line[::2] = self.order([head, self.end, *self._coded(values)])
        else:
            line[::2] = self.order_as_it_is([head, self.end, *plain])
        line[1::2] = self.pieces
        line.append(self.files)
        return b"".join(line)

    def _coded(self, values: Mapping[str, str]) -> list[bytes]:
        written: list[bytes] = []
        for tag, is_plain, coders in self.values:
            value = tag.value_from(values)
            if is_plain(value):
                written += [in_lines(value.encode())] * len(coders)
            else:
                written += [code(value) for code in coders]
        return written


def _value(tag: Tag, written: Mapping[Way, Coder]) -> _Value:
    places = {slot.place for slot, _ in written}
    is_plain = re.compile(plain_in(places) or "(?!)").fullmatch
    if Place.PART in places:
        return _Value(tag, lambda value: not isinstance(value, Several) and is_plain(value), tuple(written.values()))
    return _Value(tag, is_plain, tuple(written.values()))


def _order(ways: list[Way], numbers: Mapping[Way, int]) -> Order:
    """Takes from a head, an end and what is written of each way: the head first, then the ways, then the end."""
    return itemgetter(0, *(numbers[way] + 2 for way in ways), 1)


def _way(slot: Slot, part: Part) -> Way:
    return slot, None if slot.place is Place.PART else part.manner


def _coders(ways: list[Way]) -> dict[tuple[Tag, bool], dict[Way, Coder]]:
    """Each way once, those of a tag together if a plain value is written alike in all of them."""
    coders: dict[tuple[Tag, bool], dict[Way, Coder]] = {}
    for slot, manner in ways:
        together = coders.setdefault((slot.tag, slot.place in MAY_BE_PLAIN), {})
        together[slot, manner] = coder(slot, manner or TEXT)
    return coders
