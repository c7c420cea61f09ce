"""Dates as exports write them, and whether 03/04/2026 is in March or in April."""

import re
from datetime import date
from enum import StrEnum

from newsletter.errors import BadFile

EARLIEST = date(1850, 1, 1)
"""Some systems write the first day of their calendar where they know none."""


class DateOrder(StrEnum):
    """Which comes first in a date with slashes."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


# A CRM adds midnight to a date as soon as the column's type is a time.
_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp][Mm])?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_DOTTED = re.compile(rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}){_TIME}", re.ASCII)
_SLASHED = re.compile(rf"(\d{{1,2}})([/-])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2}", re.ASCII)


def read_date(text: str, order: DateOrder) -> date:
    """The date in a cell: 2026-03-04, 04.03.2026, or by `order` 03/04/2026; a time of day after it is left out.

    Raises ValueError with a sentence. A year of two digits is not read: a guessed century proves nothing.
    """
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[3]), int(found[4]))
        if found := _DOTTED.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _SLASHED.fullmatch(text):
            first, second, year = int(found[1]), int(found[3]), int(found[4])
            day, month = (first, second) if order is DateOrder.DAY_FIRST else (second, first)
            return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"There is no day {text!r}.") from error
    if _SHORT_YEAR.fullmatch(text):
        raise ValueError(f"The year in {text!r} has two digits; write all four.")
    raise ValueError(f"{text[:100]!r} is no date; write 2026-12-31 or 31.12.2026.")


class SlashedColumn:
    """Looks at every cell of one column and then says which order its slashed dates are in."""

    def __init__(self, heading: str) -> None:
        self._heading = heading
        self._sure: dict[DateOrder, int] = {}
        self._unsure: tuple[int, str] | None = None

    def see(self, line: int, text: str) -> None:
        """Take one cell into account; `line` is where its row begins."""
        found = _SLASHED.fullmatch(text)
        if not found:
            return
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second > 0:
            self._sure.setdefault(DateOrder.DAY_FIRST, line)
        elif second > 12 >= first > 0:
            self._sure.setdefault(DateOrder.MONTH_FIRST, line)
        elif first != second:
            self._unsure = self._unsure or (line, text)

    def order(self) -> DateOrder:
        """The order all rows agree on, or any where none depends on it.

        Raises BadFile where they contradict each other or leave it open.
        """
        if len(self._sure) > 1:
            day_line, month_line = self._sure[DateOrder.DAY_FIRST], self._sure[DateOrder.MONTH_FIRST]
            raise BadFile(
                f"In the column {self._heading!r} line {day_line} says day first and line {month_line} month first.",
                hint="Say which is right, dates=dmy or dates=mdy; the other rows come back as rejected.",
            )
        if not self._sure and self._unsure:
            line, text = self._unsure
            raise BadFile(
                f"In the column {self._heading!r} no row tells day from month: {text!r} in line {line} may be either.",
                hint="Say dates=dmy (day first) or dates=mdy (month first).",
            )
        return next(iter(self._sure), DateOrder.DAY_FIRST)
