"""HTML that somebody brings along as Markdown of ours: what it says, and none of how it looked or what it did."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from newsletter.errors import BadBulletin
from newsletter.message.html_lists import WORD, item_lines, word_lists_joined
from newsletter.message.html_marks import clean_link, is_pixel, marks_of
from newsletter.message.html_runs import BOLD, BREAK, Run, inline_markdown
from newsletter.message.html_table import is_of_data, table_rows
from newsletter.message.html_tree import BLOCKS, Node, read_tree
from newsletter.message.markdown import MOST_OCTETS, Source, check_size, set_text
from newsletter.message.slots import Tokens

_HEADING = re.compile(r"h[1-6]")
_WORD_ITEM = re.compile(r"mso-list:\S*level(\d)")
_NUMBERED = re.compile(r"\s*(?:\d+|[a-z]{1,4})[.)]", re.IGNORECASE)
_DEEPEST_LIST, _DEEPEST_QUOTE = 4, 2


@dataclass(slots=True)
class Brought:
    """What came of a text: the Markdown, its images as (address, words), and what was left out, in words."""

    markdown: str = ""
    images: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def markdown_from_html(html: str) -> str:
    """The text of pasted HTML as Markdown, of which nothing becomes a merge tag or a directive by accident.

    Raises BadBulletin for what is too large or too deep to be a bulletin.
    """
    return markdown_from_tree(read_tree(html)).markdown


def markdown_from_tree(tree: Node) -> Brought:
    """The Markdown of a tree. Raises BadBulletin for more than 1 MB of it."""
    brought = Brought()
    text = "\n\n".join(_Walk(brought).blocks(tree.children))
    if len(text.encode()) > MOST_OCTETS:
        raise BadBulletin("The text of this HTML is longer than 1 MB.", hint="Bring a part of it.")
    check_size(text, 1)
    set_text(Source(text, Tokens.unlike(text), 1))
    brought.markdown = f"{text}\n" if text else ""
    return brought


@dataclass(frozen=True, slots=True)
class _Walk:
    """`marks` and `link` are those of what stands around; `lists` and `quotes` say how deep in them this is."""

    brought: Brought
    marks: frozenset[str] = frozenset()
    link: str = ""
    lists: int = 0
    quotes: int = 0

    def blocks(self, nodes: Sequence[Node | str]) -> list[str]:
        """What stands on lines of its own, each piece in Markdown."""
        pieces: list[str] = []
        runs: list[Run] = []
        for node in nodes:
            if isinstance(node, str) or not (node.holds_blocks or node.tag in _BLOCK_SETTERS or _is_block(node)):
                runs += self.inline(node)
                continue
            pieces += _paragraph(runs)
            runs = []
            if not self.is_dropped(node):
                pieces += self.block(node)
        return word_lists_joined([*pieces, *_paragraph(runs)])

    def block(self, node: Node) -> list[str]:
        """One element that stands on lines of its own."""
        if _HEADING.fullmatch(node.tag) or "msotitle" in node.attrs.get("class", "").lower():
            return self.heading(node)
        if node.tag == "p" and (level := _WORD_ITEM.search(node.style)):
            return self.word_item(node, int(level[1]))
        setter = _BLOCK_SETTERS.get(node.tag)
        return setter(self, node) if setter else self.inside(node).blocks(node.children)

    def heading(self, node: Node) -> list[str]:
        """A heading; where it is but a picture, that picture."""
        runs = [_without_break(run) for run in self.runs_of(node)]
        if any(run.image for run in runs) or (node.holds_blocks and any(node.within("table", "ul", "ol"))):
            return self.inside(node).blocks(node.children)
        words = inline_markdown(Run(run.words, run.marks - {BOLD}, run.link) for run in runs)
        level = int(node.tag[1]) if _HEADING.fullmatch(node.tag) else 1
        closed = re.sub(r"(#+)$", r"\\\1", words)  # Markdown takes signs at the end of a heading for its frame
        return [f"{'#' * level} {closed}"] if words else []

    def list_of(self, node: Node) -> list[str]:
        """A list. What stands in it beside its items, as Google Docs writes inner lists, belongs to the item before."""
        items: list[list[Node | str]] = []
        for child in node.children:
            if isinstance(child, Node) and child.tag == "li":
                items.append([*child.children])
            elif items and (isinstance(child, Node) or child.strip()):
                items[-1].append(child)
            elif isinstance(child, Node) or child.strip():
                items.append([child])
        if self.lists >= _DEEPEST_LIST:
            return [piece for item in items for piece in self.blocks(item)]
        inner = _Walk(self.brought, self.marks, self.link, self.lists + 1, self.quotes)
        start = int(node.attrs["start"]) if re.fullmatch(r"\d{1,6}", node.attrs.get("start", "")) else 1
        marks = (f"{number}. " if node.tag == "ol" else "- " for number in range(start, start + len(items)))
        written = [item_lines(mark, inner.blocks(item)) for mark, item in zip(marks, items, strict=True)]
        return ["\n".join(filter(None, written))] if any(written) else []

    def word_item(self, node: Node, level: int) -> list[str]:
        """An item of a list of Word, which are paragraphs that say so; their sign stands in what is hidden."""
        hidden = " ".join(span.words for span in node.within("span") if "mso-list:ignore" in span.style)
        words = inline_markdown(self.runs_of(node)).replace("\\\n", " ")
        indent = "    " * (min(max(level, 1), _DEEPEST_LIST) - 1)
        return [f"{WORD}{indent}{'1. ' if _NUMBERED.match(hidden) else '- '}{words}"] if words else []

    def quote(self, node: Node) -> list[str]:
        """A quotation; one in many others is no more than a paragraph."""
        inner = _Walk(self.brought, self.marks, self.link, self.lists, self.quotes + 1)
        pieces = inner.blocks(node.children)
        if self.quotes >= _DEEPEST_QUOTE or not pieces:
            return pieces
        return ["\n".join(f"> {line}".rstrip() for line in "\n\n".join(pieces).split("\n"))]

    def code(self, node: Node) -> list[str]:
        """Lines as they are. Only what would not stay code is indented or written as a tag that quotes itself."""
        lines = _lines_of(node).strip("\n").replace("{{", '{{ "{{" }}')
        if not lines.strip():
            return []
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", lines)), default=0))
        safe = re.sub(r"^(?=:::|---)", " ", lines, flags=re.MULTILINE)
        return [f"{fence}\n{safe}\n{fence}"]

    def table(self, node: Node) -> list[str]:
        """A table of data; one that only holds a layout together is what stands in it."""
        if not is_of_data(node):
            return self.inside(node).blocks(node.children)
        rows = [[self.cell(cell) for cell in row] for row in table_rows(node)]
        width = max(map(len, rows))
        lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows]
        caption = [words for part in node.within("caption") for words in self.blocks(part.children)]
        return [*caption, "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]])]

    def cell(self, node: Node) -> str:
        """What stands in a cell, on one line."""
        words = inline_markdown(_without_break(run) for run in self.runs_of(node))
        return words.replace("|", "\\|")

    def inside(self, node: Node) -> "_Walk":
        """The walk within an element."""
        marks = marks_of(node, self.marks)
        return _Walk(self.brought, marks, self.link_of(node) or self.link, self.lists, self.quotes)

    def runs_of(self, node: Node) -> list[Run]:
        """All words of an element and of those in it."""
        inner = self.inside(node)
        return [run for child in node.children for run in inner.inline(child)]

    def inline(self, node: Node | str) -> list[Run]:
        """The words of what stands in a line."""
        if isinstance(node, str):
            return [Run(node if node != BREAK else " ", self.marks, self.link)]
        if self.is_dropped(node):
            return []
        if node.tag in {"br", "hr"}:
            return [Run(BREAK)]
        if node.tag == "img":
            return [self.image(node)]
        runs = self.runs_of(node)
        return [Run(BREAK), *runs, Run(BREAK)] if _is_block(node) else runs

    def image(self, node: Node) -> Run:
        """An image by its address; one that travelled in the file is but its words."""
        words, address = node.attrs.get("alt", ""), clean_link(node.attrs.get("src", ""))
        if not address.lower().startswith(("http://", "https://")):
            self.brought.left_out.append(f"An image without an address of its own: {words or 'no words for it'}.")
            return Run(words, self.marks, self.link)
        self.brought.images.append((address, words))
        return Run(words, frozenset(), self.link, address)

    def link_of(self, node: Node) -> str:
        """Where an element leads, empty for nowhere a reader can go."""
        address = clean_link(node.attrs.get("href", "")) if node.tag == "a" else ""
        if re.match(r"(?:https?://[^/?#\s]|(?:mailto|tel):\S)", address, re.IGNORECASE):
            return address
        if address:
            self.brought.left_out.append(f"A link that leads nowhere a reader can go: {address[:80]}.")
        return ""

    def is_dropped(self, node: Node) -> bool:
        """Whether an element is left out with all that is in it."""
        if node.tag == "img" and is_pixel(node):
            self.brought.left_out.append(f"A tracking pixel: {node.attrs.get('src', '')[:120]}.")
            return True
        if node.is_hidden and node.words and "mso-list:ignore" not in node.style:
            self.brought.left_out.append(f"Text that no reader saw: {node.words[:80]}.")
        return node.is_hidden


_BLOCK_SETTERS: dict[str, Callable[[_Walk, Node], list[str]]] = {
    "ul": _Walk.list_of,
    "ol": _Walk.list_of,
    "blockquote": _Walk.quote,
    "pre": _Walk.code,
    "table": _Walk.table,
    "hr": lambda _walk, _node: ["***"],
}


def _is_block(node: Node) -> bool:
    return node.tag in BLOCKS


def _paragraph(runs: Sequence[Run]) -> Iterator[str]:
    if words := inline_markdown(runs):
        yield words


def _without_break(run: Run) -> Run:
    return Run(" ", run.marks, run.link) if run.words == BREAK and not run.image else run


def _lines_of(node: Node) -> str:
    said = {"br": "\n"}
    return "".join(
        child if isinstance(child, str) else said.get(child.tag) or _lines_of(child) for child in node.children
    )
