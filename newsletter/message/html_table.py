"""Tables of anybody's HTML: those that hold data, and those that only hold a layout together."""

from collections.abc import Iterator

from newsletter.message.html_tree import Node

_LONGEST_CELL = 300  # characters; what is longer is a column of text, not a value
_ROW_PARTS = ("thead", "tbody", "tfoot")


def is_of_data(table: Node) -> bool:
    """Whether a table says something as a table: rows and columns of short values, not a mail laid out in cells."""
    rows = table_rows(table)
    widest = max(map(len, rows), default=0)
    if table.attrs.get("role") == "presentation" or len(rows) < 2 or widest < 2:
        return False
    if sum(len(row) < widest for row in rows) > len(rows) / 2 or any(table.within("table", "ul", "ol", "h1", "h2")):
        return False
    cells = [cell for row in rows for cell in row]
    if any(len(cell.words) > _LONGEST_CELL for cell in cells):
        return False
    return any(cell.tag == "th" for cell in cells) or _has_lines(table, cells) or not any(table.within("img"))


def table_rows(table: Node) -> list[list[Node]]:
    """The cells of each row that has any with words or pictures."""
    rows = ([cell for cell in _elements(row) if cell.tag in {"td", "th"}] for row in _rows(table))
    return [row for row in rows if any(cell.words or any(cell.within("img")) for cell in row)]


def _rows(table: Node) -> Iterator[Node]:
    for child in _elements(table):
        if child.tag == "tr":
            yield child
        elif child.tag in _ROW_PARTS:
            yield from (row for row in _elements(child) if row.tag == "tr")


def _elements(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)]


def _has_lines(table: Node, cells: list[Node]) -> bool:
    border = table.attrs.get("border", "0").strip() not in {"", "0"}
    return border or any("border" in cell.style.replace("border:0", "").replace("border:none", "") for cell in cells)
