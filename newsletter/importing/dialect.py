"""How an export is written down: encoding, delimiter, headings."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from newsletter.errors import BadFile
from newsletter.importing.encoding import find_encoding
from newsletter.importing.rows import Row, read_rows, wrong_encoding

DELIMITERS = ";,\t|"
_SAMPLE = 1 << 18
_SAMPLE_LINES = 200
_EXPORT_AGAIN = "Export it as CSV with a row of headings first."


@dataclass(frozen=True, slots=True)
class Dialect:
    """What must be known to read a file: Python codec, delimiter, and the headings as written."""

    encoding: str
    delimiter: str
    headings: tuple[str, ...]


def find_dialect(path: Path) -> Dialect:
    """Look at a file. Raises BadFile where it is missing, empty, no text, no table, or says a heading twice."""
    _must_be_a_file_with_something_in_it(path)
    encoding = find_encoding(path)
    with _opened(path, encoding) as file:
        try:
            sample = file.read(_SAMPLE).splitlines(keepends=True)
        except UnicodeError as error:
            raise wrong_encoding(error) from error
    delimiter = find_delimiter(sample[:_SAMPLE_LINES])
    with _opened(path, encoding) as file:
        headings = _headings(read_rows(file, delimiter))
    return Dialect(encoding, delimiter, headings)


def rows_under_headings(path: Path, dialect: Dialect) -> Iterator[Row]:
    """Every row below the headings, read as they are needed.

    A row with too few or too many cells, or with octets of another encoding, comes with `damage`. Raises BadFile where
    the headings come a second time.
    """
    with _opened(path, dialect.encoding) as file:
        rows = read_rows(file, dialect.delimiter)
        for row in rows:
            if _may_be_headings(row):
                break
        for row in rows:
            yield _checked(row, dialect)


def find_delimiter(lines: list[str]) -> str:
    """The character that cuts most of these lines into as many cells as the first; a comma where none does."""
    told = lines[0].strip("\r\n").lower() if lines else ""
    if told in {f"sep={delimiter}" for delimiter in DELIMITERS}:  # Excel writes and reads this line
        return told[-1]
    return max("," + DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter))


def _agreement(lines: list[str], delimiter: str) -> float:
    try:
        rows = [row for row in read_rows(io.StringIO("".join(lines), newline=""), delimiter) if not row.damage]
    except BadFile:  # a long row is one cell over the limit when it is cut at the wrong character
        return 0
    if not rows:
        return 0
    width = len(rows[0].cells)
    return (width - 1) * sum(len(row.cells) == width for row in rows) / len(rows)


def _must_be_a_file_with_something_in_it(path: Path) -> None:
    if path.is_dir():
        raise BadFile(f"{path} is a directory.", hint="Name one CSV file in it.")
    if not path.is_file():
        raise BadFile(f"There is no file {path}.", hint="Look at the spelling of its name.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.", hint="Look at its permissions.") from error
    if empty:
        raise BadFile(f"{path.name} is empty.", hint=_EXPORT_AGAIN)


def _opened(path: Path, encoding: str) -> TextIO:
    # UTF-16 has no lone octets to keep, so what does not decode there refuses the file.
    return path.open(encoding=encoding, errors="strict" if encoding == "utf-16" else "surrogateescape", newline="")


def _headings(rows: Iterator[Row]) -> tuple[str, ...]:
    first = next((row for row in rows if _may_be_headings(row)), None)
    if first is None or first.damage:
        raise BadFile("The first row holds no headings.", hint=_EXPORT_AGAIN)
    headings = tuple(cell.strip() for cell in first.cells)
    twice = sorted({heading for heading in headings if heading and headings.count(heading) > 1})
    if twice:
        raise BadFile(f"The heading {twice[0]!r} stands over two columns.", hint="Rename or remove one of them.")
    if all(row.is_blank for row in rows):
        raise BadFile("There are headings, but no rows under them.", hint="Export the rows as well.")
    return headings


def _may_be_headings(row: Row) -> bool:
    return not row.is_blank and not (len(row.cells) <= 2 and row.cells[0].lower().startswith("sep="))


def _checked(row: Row, dialect: Dialect) -> Row:
    if tuple(cell.strip() for cell in row.cells) == dialect.headings:
        raise BadFile(f"Line {row.line} repeats the headings: were two files put together?", hint="Remove that line.")
    return Row(row.line, row.cells, row.damage or _damage(row, len(dialect.headings)))


def _damage(row: Row, width: int) -> str:
    if len(row.cells) != width and not row.is_blank:
        return f"The row has {len(row.cells)} cells, the headings {width}."
    if any("\ud800" <= character <= "\udfff" for cell in row.cells if not cell.isascii() for character in cell):
        return "The row holds octets of another encoding."
    return ""
