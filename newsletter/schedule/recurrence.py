"""Days that come again: "every first Tuesday", "every 2 weeks on Monday", "on the 1st", "last Friday". Pure.

A month that has no 31st has its last day instead, so that nothing falls out; a month always has a fourth weekday, and
a fifth is called the last.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from newsletter.errors import BadTime

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LAST = -1
MOST = 52
"""The longest interval, in weeks or months."""

_NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": LAST}
_NAMES = {1: "first", 2: "second", 3: "third", 4: "fourth", LAST: "last"}
_DAY = "|".join(day.lower() for day in WEEKDAYS)
_EVERY = r"(?:every (?:(?P<interval>\d{1,3}) )?(?P<unit>week|month)s?(?: on)? ?)?(?:(?:every|on) )?(?:the )?"
_WEEKLY = re.compile(rf"{_EVERY}(?P<days>(?:{_DAY})(?:(?:, ?| and |, ?and )(?:{_DAY}))*)")
_NTH_WEEKDAY = re.compile(rf"{_EVERY}(?P<nth>{'|'.join(_NTH)}) (?P<day>{_DAY})")
_MONTH_DAY = re.compile(rf"{_EVERY}(?:(?P<number>\d{{1,2}})(?:st|nd|rd|th)|(?P<last>last day))")
_HINT = 'Write "every Monday", "every 2 weeks on Monday", "every first Tuesday", "last Friday" or "on the 1st".'


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every `interval` weeks on `weekdays`, or every `interval` months on one day.

    `weekdays` are ISO numbers. With `nth` it is the nth of the one weekday in the month, LAST for the last. With
    `month_day` it is that day of the month, LAST for its last.
    """

    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int = 0
    month_day: int = 0

    def days(self, since: date, after: date) -> Iterator[date]:
        """The days later than `after`, in order, for ever; weeks and months are counted from that of `since`."""
        return (day for day in self._all(since, after) if day > after and day >= since)

    def _all(self, since: date, after: date) -> Iterator[date]:
        if self.weekdays and not self.nth:
            monday = since - timedelta(days=since.weekday())
            for step in count(max(0, (after - monday).days // 7 // self.interval)):
                week = monday + timedelta(weeks=step * self.interval)
                yield from (week + timedelta(days=day - 1) for day in self.weekdays)
            return
        months = (after.year - since.year) * 12 + after.month - since.month
        for step in count(max(0, months // self.interval)):
            year, month = divmod(since.year * 12 + since.month - 1 + step * self.interval, 12)
            yield self._in_month(year, month + 1)

    def _in_month(self, year: int, month: int) -> date:
        first, length = monthrange(year, month)
        if self.month_day:
            return date(year, month, length if self.month_day == LAST else min(self.month_day, length))
        offset = (self.weekdays[0] - 1 - first) % 7 + 1
        last = offset + (length - offset) // 7 * 7
        return date(year, month, last if self.nth == LAST else offset + (self.nth - 1) * 7)


def read_recurrence(words: str) -> Recurrence:
    """What is meant. Raises BadTime."""
    said = re.sub(r"\s+", " ", words.strip().lower())
    said = re.sub(r" (?:of|in) (?:the|every|each) month$", "", said)
    if weekly := _WEEKLY.fullmatch(said):
        days = sorted({_iso(day) for day in re.findall(_DAY, weekly["days"])})
        return Recurrence(_interval(weekly, "week", words), tuple(days))
    if nth := _NTH_WEEKDAY.fullmatch(said):
        return Recurrence(_interval(nth, "month", words), (_iso(nth["day"]),), nth=_NTH[nth["nth"]])
    if in_month := _MONTH_DAY.fullmatch(said):
        number = LAST if in_month["last"] else int(in_month["number"])
        if number == LAST or 1 <= number <= 31:
            return Recurrence(_interval(in_month, "month", words), month_day=number)
    raise BadTime(f"{words[:60]!r} is no plan.", hint=_HINT)


def in_words(recurrence: Recurrence) -> str:
    """The same as `read_recurrence` reads it."""
    named = [WEEKDAYS[day - 1] for day in recurrence.weekdays]
    unit = "month" if recurrence.nth or recurrence.month_day else "week"
    often = f"every {recurrence.interval} {unit}s on " if recurrence.interval > 1 else ""
    if recurrence.nth:
        return (
            f"{often}the {_NAMES[recurrence.nth]} {named[0]}" if often else f"every {_NAMES[recurrence.nth]} {named[0]}"
        )
    if recurrence.month_day:
        return f"{often or 'on '}the {_ordinal(recurrence.month_day)}"
    return (often or "every ") + ", ".join(named)


def _interval(found: re.Match[str], unit: str, words: str) -> int:
    interval = int(found["interval"] or 1)
    if found["unit"] not in (None, unit) or not 1 <= interval <= MOST:
        raise BadTime(f"{words[:60]!r} is no plan.", hint=_HINT)
    return interval


def _iso(day: str) -> int:
    return WEEKDAYS.index(day.capitalize()) + 1


def _ordinal(number: int) -> str:
    if number == LAST:
        return "last day"
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number in (11, 12, 13) else endings.get(number % 10, 'th')}"
