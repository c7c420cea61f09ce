"""The plain-text part, made from the Markdown and not from the HTML, for people who read it and not as a stopgap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from newsletter.message.slots import NOMINAL, Place, Tokens
from newsletter.message.wrap import COLUMNS, columns, wrapped

_UNDERLINES = {"h1": "=", "h2": "-"}
_LINK_COLUMNS = 60
_INDENT = "    "


def to_text(tokens: Sequence[Token], slots: Tokens) -> str:
    """The blocks as text, wrapped at 76 columns; values are not known yet and reckoned with a usual width."""
    return "\n".join(_Setter(slots).blocks(SyntaxTreeNode(tokens).children, COLUMNS))


@dataclass(frozen=True, slots=True)
class _Setter:
    slots: Tokens

    def blocks(self, nodes: Sequence[SyntaxTreeNode], width: int, *, loose: bool = True) -> list[str]:
        lines: list[str] = []
        for node in nodes:
            if loose and lines:
                lines.append("")
            lines += self.block(node, width)
        return lines

    def block(self, node: SyntaxTreeNode, width: int) -> list[str]:
        setters: dict[str, Callable[[SyntaxTreeNode, int], list[str]]] = {
            "heading": self.heading,
            "blockquote": self.quote,
            "bullet_list": self.items,
            "ordered_list": self.items,
            "table": self.table,
        }
        if setter := setters.get(node.type):
            return setter(node, width)
        if node.type in {"fence", "code_block"}:
            return [f"{_INDENT}{line}".rstrip() for line in node.content.rstrip("\n").split("\n")]
        if node.type == "hr":
            return ["* * *"]
        return wrapped(self.words(node), width, self.measure)

    def heading(self, node: SyntaxTreeNode, width: int) -> list[str]:
        lines = wrapped(self.words(node), width, self.measure)
        underline = _UNDERLINES.get(node.tag, "") * max(map(self.measure, lines))
        return [*lines, underline] if underline else lines

    def quote(self, node: SyntaxTreeNode, width: int) -> list[str]:
        return [f"> {line}".rstrip() for line in self.blocks(node.children, width - 2)]

    def items(self, node: SyntaxTreeNode, width: int) -> list[str]:
        start = int(node.attrs.get("start", 1))
        loose = any(not child.hidden for item in node.children for child in item.children if child.type == "paragraph")
        lines: list[str] = []
        for number, item in enumerate(node.children, start):
            mark = "* " if node.type == "bullet_list" else f"{number}. "
            inner = self.blocks(item.children, max(width - len(mark), NOMINAL), loose=loose) or [""]
            if loose and lines:
                lines.append("")
            lines += [f"{mark if at == 0 else ' ' * len(mark)}{line}".rstrip() for at, line in enumerate(inner)]
        return lines

    def table(self, node: SyntaxTreeNode, width: int) -> list[str]:
        rows = [row for part in node.children for row in part.children]
        cells = [[self.words(cell) for cell in row.children] for row in rows]
        sizes = [max(map(self.measure, column)) for column in zip(*cells, strict=True)]
        if len(cells) > 1 and sum(sizes) + 2 * (len(sizes) - 1) > width:
            return self.records(cells, width)
        right = [cell.attrs.get("align") == "right" for cell in rows[0].children]
        lines = [self.row(row, sizes, right) for row in cells]
        return [lines[0], "  ".join("-" * size for size in sizes), *lines[1:]]

    def row(self, cells: list[str], sizes: list[int], right: list[bool]) -> str:
        line = ""
        for number, (cell, size, is_right) in enumerate(zip(cells, sizes, right, strict=True), 1):
            gap = " " * (size - self.measure(cell))
            if is_right:
                line += gap + self.slots.recast(cell, Place.NUMBER)
            else:
                line += self.slots.recast(cell, Place.CELL) + gap if number < len(cells) else cell
            line += "  " if number < len(cells) else ""
        return line.rstrip()

    def records(self, cells: list[list[str]], width: int) -> list[str]:
        """A table too wide for the page: each row as lines of `heading: cell`."""
        lines: list[str] = []
        for row in cells[1:]:
            lines += [""] if lines else []
            for heading, cell in zip(cells[0], row, strict=True):
                lines += wrapped(f"{heading}: {cell}", width, self.measure)
        return lines

    def words(self, node: SyntaxTreeNode) -> str:
        return "".join(map(self.inline, node.children))

    def inline(self, node: SyntaxTreeNode) -> str:
        if node.type in {"softbreak", "hardbreak"}:
            return " " if node.type == "softbreak" else "\n"
        if node.type == "image":
            return f"[{self.words(node)}]"
        if node.type == "link":
            return self.link(node)
        mark = {"strong": "*", "s": "~"}.get(node.type, "")
        return f"{mark}{self.words(node) if node.children else node.content}{mark}"

    def link(self, node: SyntaxTreeNode) -> str:
        words, url = self.words(node), str(node.attrs["href"])
        shown = url.partition(":")[2] if url.startswith(("mailto:", "tel:")) else url
        return shown if node.markup == "autolink" or words in {url, shown, ""} else f"{words} ({shown})"

    def measure(self, text: str) -> int:
        found = list(self.slots.pattern.finditer(text))
        held = sum(_LINK_COLUMNS if self.slots.slots[int(token[1])].place is Place.LINK else NOMINAL for token in found)
        return columns(self.slots.pattern.sub("", text)) + held if found else columns(text)
