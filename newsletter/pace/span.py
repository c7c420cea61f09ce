"""Hours in words, both ways: "08:00-17:00 mon-fri"."""

import re
from datetime import time

from newsletter.errors import Refused
from newsletter.pace.hours import Hours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?- ?([01]?\d|2[0-3]):([0-5]\d)")
_HINT = "Write them as 08:00-17:00, or 08:00-17:00 mon-fri."


def read_open(words: str) -> Hours:
    """When we may send, said as the hours in which we do; without days on every day. Raises Refused."""
    span = _SPAN.match(words.strip())
    if span is None:
        raise Refused(f"{words[:40]!r} are no hours.", hint=_HINT)
    opens, closes = _times(span)
    days = words.strip()[span.end() :].strip()
    return Hours(opens, closes, read_days(days)) if days else Hours(opens, closes)


def read_quiet(words: str) -> tuple[time, time]:
    """When quiet begins and when it ends. Raises Refused."""
    span = _SPAN.fullmatch(words.strip())
    if span is None:
        raise Refused(f"{words[:40]!r} are no hours.", hint="Write them as 20:00-07:00.")
    return _times(span)


def read_days(words: str) -> frozenset[int]:
    """The days of the week as ISO numbers. Raises Refused."""
    found: set[int] = set()
    for part in words.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS or part.endswith("-"):
            raise Refused(f"{words[:40]!r} are no days of the week.", hint="Write mon-fri, or mon,wed,fri.")
        begin, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
        found |= {(begin + day) % 7 + 1 for day in range(length + 1)}
    return frozenset(found)


def in_words(hours: Hours) -> str:
    """The same as `read_open` reads it."""
    days = sorted(hours.weekdays)
    span = f"{hours.opens:%H:%M}-{hours.closes:%H:%M}"
    if len(days) == len(DAYS):
        return span
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{span} {DAYS[days[0] - 1]}-{DAYS[days[-1] - 1]}"
    return f"{span} {','.join(DAYS[day - 1] for day in days)}"


def _times(span: re.Match[str]) -> tuple[time, time]:
    return time(int(span[1]), int(span[2])), time(int(span[3]), int(span[4]))
