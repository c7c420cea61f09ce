"""Sending in waves, as the marketer says it: "10 %, wait 4 hours, the rest". Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from newsletter.errors import BadTime

WHOLE = 10_000
"""Shares are counted in hundredths of a per cent."""

MOST_WAVES = 20
_LONGEST = timedelta(days=30)
_SHARE = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?)\s*%")
_PAUSE = re.compile(r"(?:wait\s+)?(\d{1,6}(?:\.\d{1,2})?)\s*(minutes?|min|m|hours?|h|days?|d)")
_REST = re.compile(r"(?:the\s+)?rest")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_HINT = 'Write for example "10 %, 4 h, rest" or "5 %, 1 h, 20 %, 4 h, rest".'


@dataclass(frozen=True, slots=True)
class Step:
    """One wave: its `share` of all copies, of WHOLE, and how long to wait once the wave before it has gone out."""

    share: int
    pause: timedelta = timedelta(0)


Waves = tuple[Step, ...]
"""The waves of a run, whose shares are WHOLE together; none where all goes at once."""


def read_waves(words: str) -> Waves:
    """The waves meant; none for no words. Raises BadTime."""
    parts = [part.strip().lower() for part in re.split(r"[,;](?!\d)", words) if part.strip()]
    if not parts:
        return ()
    # "2,5 %" is one share to whoever writes numbers so, and "10%,4h" is two parts.
    steps = tuple(_steps([piece for part in parts for piece in _pieces(part)]))
    if not 1 < len(steps) <= MOST_WAVES:
        raise BadTime(f"{len(steps)} {'is' if len(steps) == 1 else 'are'} no number of waves.", hint=_HINT)
    return steps


def in_words(waves: Waves) -> str:
    """The same as it is read aloud: "10 %, wait 4 hours, the rest"."""
    said = [share_in_words(waves[0].share)] if waves else []
    for number, step in enumerate(waves[1:], 2):
        said += [f"wait {pause_in_words(step.pause)}"]
        said += ["the rest" if number == len(waves) else share_in_words(step.share)]
    return ", ".join(said)


def share_in_words(share: int) -> str:
    """A share as per cent."""
    return f"{share / 100:g} %"


def pause_in_words(pause: timedelta) -> str:
    """A duration in the largest unit that goes into it."""
    minutes = round(pause.total_seconds() / 60)
    for length, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % length == 0:
            count = minutes // length
            return f"{count} {name}{'' if count == 1 else 's'}"
    raise AssertionError(minutes)


def ends(waves: Waves) -> list[int]:
    """How much of WHOLE has gone with each wave."""
    gone, found = 0, []
    for step in waves:
        gone += step.share
        found.append(gone)
    return found


def _pieces(part: str) -> list[str]:
    return [part] if _SHARE.fullmatch(part) else [piece.strip() for piece in part.split(",")]


def _steps(parts: Sequence[str]) -> Iterator[Step]:
    left, pause, is_over = WHOLE, None, False
    for number, part in enumerate(parts):
        if is_over:
            raise BadTime(f"{part!r} comes after the rest.", hint=_HINT)
        if number % 2:
            pause = read_pause(part)
            continue
        is_over = bool(_REST.fullmatch(part))
        share = left if is_over else read_share(part)
        if not 0 < share <= left:
            raise BadTime(f"At {part!r} nothing is left to send, or nothing is sent.", hint=_HINT)
        left -= share
        yield Step(share, pause or timedelta(0))
    if left or not len(parts) % 2:
        raise BadTime("The waves do not end with the rest.", hint=_HINT)


def read_share(part: str) -> int:
    """A share of WHOLE. Raises BadTime."""
    found = _SHARE.fullmatch(part)
    if found is None:
        raise BadTime(f"{part[:40]!r} is no share.", hint=_HINT)
    return round(float(found[1].replace(",", ".")) * 100)


def read_pause(part: str) -> timedelta:
    """A time to wait, in whole minutes. Raises BadTime."""
    found = _PAUSE.fullmatch(part)
    pause = float(found[1]) * _UNITS[found[2][0]] if found else timedelta(0)
    if not timedelta(minutes=1) <= pause <= _LONGEST:
        raise BadTime(f"{part[:40]!r} is no time to wait, or longer than {_LONGEST.days} days.", hint=_HINT)
    return timedelta(minutes=round(pause.total_seconds() / 60))
