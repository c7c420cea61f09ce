"""A table as a page shows it, and the same as a file that no spreadsheet takes for a program."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO

from newsletter.importing.complaint import inert

Cell = str | int | float | date | datetime | None

_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel reads UTF-8 as the codes of the last century


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. A cell is None where we know nothing, or where there is too little to say a number."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]


def as_csv(table: Table) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180), a row each. Times are ISO 8601 in UTC, numbers have a point."""
    yield _MARK + _line(table.columns)
    for row in table.rows:
        yield _line([_written(cell) for cell in row])


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return inert(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)


def _line(cells: Sequence[str]) -> str:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
