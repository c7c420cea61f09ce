"""How a value is written where its slot stands: as text, and as octets for the wire."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from html import escape
from typing import AnyStr
from urllib.parse import quote

from newsletter.errors import BadLetter
from newsletter.message.merge import Several, Tag
from newsletter.message.quoted import LONGEST, SOFT, quoted, seamed, utf8
from newsletter.message.slots import NOMINAL, Place, Slot

Writer = Callable[[str], str]
Coder = Callable[[str], bytes]

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LINK = re.compile(r"(?:https?://|mailto:)[!#-;=?-\[\]_a-z~]+", re.IGNORECASE | re.ASCII)

# What text, HTML and quoted-printable write alike, as it is; a component also where a link is made of it. A dot at the
# beginning would be one at the beginning of a line.
PLAIN_WORDS = r"(?!\.)[ !#$%(-;?-~]*[!#$%(-;?-~]"
PLAIN_LINK = r"(?:[Hh][Tt][Tt][Pp][Ss]?://|[Mm][Aa][Ii][Ll][Tt][Oo]:)[!#-%(-;?-\[\]_A-Za-z~]+"
PLAIN_COMPONENT = r"(?!\.)[A-Za-z0-9_.~@-]+"
_PLAIN_LINE = re.compile(PLAIN_WORDS)

MAY_BE_PLAIN = frozenset({Place.TEXT, Place.PART, Place.LINK})
"""Where a value may stand as it is, with nothing around it."""


@dataclass(frozen=True, slots=True)
class Manner:
    """One of the two parts: how it shows a text, and what parts its lines."""

    shown: Callable[[str], str]
    newline: str


HTML = Manner(escape, "<br>")
TEXT = Manner(str, "\n")


def writer(slot: Slot, manner: Manner) -> Writer:
    """What turns a value into text for this slot; the result holds no markup of the value's.

    Raises BadLetter for a value that is no link where a link stands.
    """
    shown, place = manner.shown, slot.place
    if place is Place.PART:
        return _component
    if place is Place.LINK:
        return lambda value: shown(_whole_link(value, slot.tag))
    if place is Place.LINES:
        before, after = slot.around
        return lambda value: _lines(value, lambda line: shown(_one_line(line)), (before, manner.newline, after))
    if place is Place.CELL:
        return lambda value: shown(_one_line(value).ljust(NOMINAL))
    if place is Place.NUMBER:
        return lambda value: shown(_one_line(value).rjust(NOMINAL))
    return lambda value: shown(_one_line(value))


def coder(slot: Slot, manner: Manner) -> Coder:
    """The same in octets, between which and `seamed` pieces no line break is wanted any more."""
    if slot.place is Place.LINES:
        return _lines_coder(slot, manner)
    write = writer(slot, manner)
    return lambda value: quoted(utf8(write(value)))


def plain_in(places: Collection[Place]) -> str:
    """The pattern of values that are written as they are in all of these places and in both parts; empty for none.

    A value that is `Several` is never written as it is where a link is made of it.
    """
    if not MAY_BE_PLAIN.issuperset(places) or {Place.PART, Place.LINK}.issubset(places):
        return ""
    if Place.PART in places:
        return PLAIN_COMPONENT
    return PLAIN_LINK if Place.LINK in places else PLAIN_WORDS


def in_lines(octets: bytes) -> bytes:
    """A plain value in octets, like a `coder` gives it: no line begins with a dot."""
    if len(octets) <= LONGEST:
        return octets
    if octets.find(b".", LONGEST) >= 0:
        return quoted(octets)
    return SOFT.join([octets[at : at + LONGEST] for at in range(0, len(octets), LONGEST)])


def _one_line(value: str) -> str:
    return value if value.isprintable() else _UNSEEN.sub(" ", value)


def _component(value: str) -> str:
    if isinstance(value, Several):
        return ",".join(map(_component, value.items))
    return quote(_one_line(value), safe="@", errors="replace")


def _whole_link(value: str, tag: Tag) -> str:
    if not _LINK.fullmatch(value):
        raise BadLetter(f"The value of {tag.source} is not a link.", hint="It must be an http, https or mailto link.")
    return value


def _lines(value: str, write: Callable[[str], AnyStr], marks: tuple[AnyStr, AnyStr, AnyStr]) -> AnyStr:
    """The lines of a value; `marks` stand before, between and after them."""
    before, between, after = marks
    written = [write(line) for line in value.splitlines() if line.strip()]
    return before + between.join(written) + after if written else before[:0]


def around_lines(slot: Slot, manner: Manner) -> tuple[bytes, bytes, bytes]:
    """What stands before, between and after the LINES of a slot."""
    before, between, after = seamed((slot.around[0], manner.newline, slot.around[1]))
    return before, between, after


def _lines_coder(slot: Slot, manner: Manner) -> Coder:
    before, between, after = around_lines(slot, manner)
    shown = manner.shown

    def write(value: str) -> bytes:
        if _PLAIN_LINE.fullmatch(value):
            return before + in_lines(value.encode()) + after
        return _lines(value, lambda line: quoted(utf8(shown(_one_line(line)))), (before, between, after))

    return write
