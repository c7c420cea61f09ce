"""A rate as people write it, and the spacing of sends that keeps it."""

import re
from dataclasses import dataclass
from typing import Final

from newsletter.errors import Refused

_WRITTEN = re.compile(r"(\d{1,9}) ?/ ?(s|sec|second|m|min|minute|h|hour|d|day)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LETTERS = {seconds: letter for letter, seconds in _SECONDS.items()}
_SECOND = 1_000_000_000  # in nanoseconds

LEEWAY: Final = 0.014
"""The share of each rate that is given up so that a send may come a little after its slot, and the rate still holds."""
_HIT: Final = 0.5  # the part of the leeway within which the slots of two limits may be brought together


@dataclass(frozen=True, slots=True)
class Rate:
    """So many sends in so many seconds: 3000/h is Rate(3000, 3600)."""

    count: int
    seconds: int

    @property
    def per_second(self) -> float:
        """Sends a second."""
        return self.count / self.seconds

    @property
    def spacing(self) -> "Spacing":
        """How far apart the sends are kept."""
        interval = self.seconds * _SECOND / self.count
        leeway = int(LEEWAY * max(interval, _SECOND))
        # Rounded up: a slot that comes half a nanosecond too soon adds up to one send too many.
        return Spacing(int(interval * (1 + LEEWAY)) + 1, leeway, int(leeway * _HIT))

    def __str__(self) -> str:
        return f"{self.count}/{_LETTERS[self.seconds]}"


@dataclass(frozen=True, slots=True)
class Spacing:
    """Slots at least `step` apart, each used at its time or up to `leeway` later, all in nanoseconds.

    With step = interval * 1.014 and leeway = 0.014 of the interval, or of a second where that is longer, any window of
    W >= 1 s holds at most (W + leeway) / step + 1 <= rate * W + 1 sends. Of the leeway a slot may lose `hit` to the
    meeting of several limits; the rest belongs to the sender.
    """

    step: int
    leeway: int
    hit: int


def read_rate(text: str) -> Rate:
    """The rate written as 50/s, 600/min, 3000/h or 200000/d. Raises Refused."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise Refused(f"{text[:40]!r} is no rate.", hint="Write it as 50/s, 600/min, 3000/h or 200000/d.")
    return Rate(int(match[1]), _SECONDS[match[2][0].lower()])
