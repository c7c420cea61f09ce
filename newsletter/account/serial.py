"""Serial numbers and ranges of them: "A100000-A104000" holds "A100231" and not "A99"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.errors import Refused

_SERIAL = re.compile(r"(?P<prefix>.*?)(?P<number>[0-9]{1,18})")


def split_serial(serial: str) -> tuple[str, int | None]:
    """The letters before and the number at the end; the number is None where there is none.

    >>> split_serial("A100231")
    ('A', 100231)
    """
    found = _SERIAL.fullmatch(serial)
    return (found["prefix"], int(found["number"])) if found else (serial, None)


@dataclass(frozen=True, slots=True)
class SerialRange:
    """All serials with one prefix and a number from `first` to `last`, both included."""

    prefix: str
    first: int
    last: int

    def holds(self, serial: str) -> bool:
        """Whether a serial lies in this range."""
        prefix, number = split_serial(serial)
        return prefix == self.prefix and number is not None and self.first <= number <= self.last

    def __str__(self) -> str:
        return f"{self.prefix}{self.first}-{self.prefix}{self.last}"


def masked_serials(serials: Iterable[str]) -> dict[str, str]:
    """Serials as their owner recognises them and tells them apart, by serial: two characters are hidden.

    The last two, `A1002••`, or for neighbours the first two from the end that leave them different: `B200••7` and
    `B200••8`. Where no two can be hidden from all, nothing is.
    """
    whole = set(serials)
    for kept in range(max(map(len, whole), default=0)):
        masked = {serial: _masked(serial, kept) for serial in whole}
        if len(set(masked.values())) == len(whole):
            return masked
    return {serial: serial for serial in whole}


def _masked(serial: str, kept: int) -> str:
    head, tail = serial[: len(serial) - kept], serial[len(serial) - kept :]
    return head[:-2] + "•" * len(head[-2:]) + tail


def read_ranges(text: str) -> tuple[SerialRange, ...]:
    """The ranges in "A100000-A104000, B7". Raises Refused naming the part that is no range."""
    return tuple(_read_range(part.strip()) for part in text.split(",") if part.strip())


def _read_range(text: str) -> SerialRange:
    first, last = _ends(text)
    (prefix, lowest), (last_prefix, highest) = split_serial(first), split_serial(last)
    if lowest is None or highest is None:
        raise Refused(f"{text[:60]!r} is no serial range.", hint="Write A100000-A104000, or one serial number.")
    if prefix != last_prefix or highest < lowest:
        raise Refused(f"The range {text[:60]!r} does not run from low to high.", hint="Write A100000-A104000.")
    return SerialRange(prefix, lowest, highest)


def _ends(text: str) -> tuple[str, str]:
    """Both ends of a range, or one serial twice. The dash that parts them is the one in the middle.

    Serials may hold dashes themselves ("VX-100-VX-200", "VX-100"), and word processors write an en dash.
    """
    pieces = [piece.strip() for piece in text.replace("\N{EN DASH}", "-").split("-")]
    first, last = "-".join(pieces[: len(pieces) // 2]), "-".join(pieces[len(pieces) // 2 :])
    is_range = len(pieces) % 2 == 0 and (not first or split_serial(first)[1] is not None)
    return (first, last) if is_range else ("-".join(pieces),) * 2
