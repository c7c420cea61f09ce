"""What could not be used, and the CSV that gives it back."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_ADDED = ("Line", "Reason")
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One value, or a whole row, that was not used. `line` is where its row begins in the file.

    `column` is the heading as written, empty where the whole row is meant; `row` is all its cells as written.
    """

    line: int
    column: str
    reason: str
    row: tuple[str, ...]


def write_rejected(path: Path, headings: tuple[str, ...], delimiter: str, complaints: Iterable[Complaint]) -> None:
    """One line for each row complained about: its cells, its line number, every reason. UTF-8 with a mark, for Excel.

    A cell that a spreadsheet would calculate gets an apostrophe before it.
    """
    # Somebody may mend the rejected rows and import that very file: then these two columns are there already.
    width = len(headings) - 2 if headings[-2:] == _ADDED else len(headings)
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([*map(inert, headings[:width]), *_ADDED])
        for (line, row), reasons in _by_row(complaints).items():
            cells = row[:width] if len(row) == len(headings) else row
            cells += ("",) * (width - len(cells))
            writer.writerow([*map(inert, cells), line, " ".join(reasons)])


def inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell


def _by_row(complaints: Iterable[Complaint]) -> dict[tuple[int, tuple[str, ...]], list[str]]:
    rows: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for complaint in sorted(complaints, key=lambda complaint: complaint.line):
        named = f"{complaint.column}: {complaint.reason}" if complaint.column else complaint.reason
        rows.setdefault((complaint.line, complaint.row), []).append(named)
    return rows
