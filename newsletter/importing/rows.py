"""The rows of a CSV file, one at a time, each with the line of the file it begins on."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from newsletter.errors import BadFile

LONGEST_LINE = 1_000_000
"""Characters in one line of a file. One cell may hold 131,072, the csv module's own limit."""

_SPLIT_IT = "Shorten that cell, or look for a quotation mark that is never closed."


def wrong_encoding(error: UnicodeError) -> BadFile:
    """What to raise for octets that are not in the encoding the file's mark claims."""
    return BadFile(f"The file is not in the encoding it claims: {error}.", hint="Save it as CSV (UTF-8).")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row. `line` counts from 1 and is where the row begins, for a quoted cell may span lines.

    `damage` says why the cells cannot be trusted, and is empty where they can.
    """

    line: int
    cells: tuple[str, ...]
    damage: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in any cell."""
        return not any(cell.strip() for cell in self.cells)


class _Lines:
    """Physical lines with a limit, a count, and the chance to read the lines of a damaged row again."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self.of_row: list[str] = []
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self.taken += 1
        self.of_row.append(line)
        return line

    def _read(self) -> str:
        try:
            line = self._file.readline(LONGEST_LINE + 1)
        except UnicodeError as error:
            raise wrong_encoding(error) from error
        if len(line) > LONGEST_LINE:
            raise BadFile(f"Line {self.taken + 1} is longer than {LONGEST_LINE:,} characters.", hint=_SPLIT_IT)
        if "\0" in line:
            raise BadFile(f"Line {self.taken + 1} holds a NUL character.", hint="Save the file as CSV (UTF-8) again.")
        return line

    def take_back_all_but_first(self) -> None:
        self._again.extendleft(reversed(self.of_row[1:]))
        self.taken -= len(self.of_row) - 1


def read_rows(file: TextIO, delimiter: str) -> Iterator[Row]:
    """Every row of a file opened with newline="", blank ones too; lines without any character are no rows.

    A row whose quotation marks are out of order comes as its first line in one cell, with `damage`, and reading goes on
    with the next line. Raises BadFile for a cell or line over the limit.
    """
    lines = _Lines(file)
    # Not strict would let a forgotten quotation mark swallow the rows after it without a word.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.of_row.clear()
        first = lines.taken + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                raise BadFile(
                    f"The row of line {first} holds a cell over {csv.field_size_limit():,} characters.", hint=_SPLIT_IT
                ) from error
            lines.take_back_all_but_first()
            yield Row(first, (lines.of_row[0].rstrip("\r\n"),), "The quotation marks are out of order.")
            continue
        if cells:
            yield Row(first, tuple(cells))
