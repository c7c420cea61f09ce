"""HTML of anybody, as a small tree of what is worth reading: pasted from Word, from Google Docs, or from a mail."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

from newsletter.errors import BadBulletin

MOST_INPUT = 5_000_000  # characters
MOST_TAGS = 40_000
DEEPEST = 1_000
_DEEPEST_KEPT = 60  # a tree is walked by recursion, and no reader sees the difference

BLOCKS = {
    "body", "div", "section", "article", "header", "footer", "main", "aside", "nav", "center", "p", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "table", "caption", "thead",
    "tbody", "tfoot", "tr", "th", "td", "figure", "figcaption",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "b", "br", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strike", "strong", "sub", "sup", "tt", "u",
}  # fmt: skip
_VOID = {"br", "hr", "img"}
_SILENT = {
    "script", "style", "title", "noscript", "template", "svg", "math", "object", "iframe", "audio", "video", "canvas",
    "textarea", "select", "xml",
}  # fmt: skip
_ATTRIBUTES = {"style", "class", "id", "role", "align", "start", "width", "height", "border", "hidden"}
_SCHEMES = {"http", "https", "mailto", "tel", "data", "cid", "file"}

_TAG = re.compile(r"<(/?)([a-z][a-z0-9:]*)", re.IGNORECASE)
_ENDS_BY_ITSELF = {"p", "li", "dd", "dt", "tr", "td", "th", "thead", "tbody", "tfoot", "col", "meta", "link", "input"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_NOT_SEEN = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|max-height:0(?![.\d])|font-size:0(?![.\d])|mso-list:ignore"
)


@dataclass(slots=True)
class Node:
    """An element. `holds_blocks` where something within it stands on lines of its own."""

    tag: str
    attrs: dict[str, str]
    children: list["Node | str"] = field(default_factory=list)
    holds_blocks: bool = False

    @property
    def style(self) -> str:
        """Its style, in small letters and without spaces."""
        return re.sub(r"\s+", "", self.attrs.get("style", "").lower())

    @property
    def is_hidden(self) -> bool:
        """Whether no reader sees it."""
        return "hidden" in self.attrs or bool(_NOT_SEEN.search(self.style))

    def within(self, *tags: str) -> Iterator["Node"]:
        """The elements of these tags within it, in order."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags:
                    yield child
                yield from child.within(*tags)

    @property
    def words(self) -> str:
        """All its text on one line."""
        pieces = (child if isinstance(child, str) else f" {child.words} " for child in self.children)
        return " ".join("".join(pieces).split())


def read_tree(html: str) -> Node:
    """The tree of a text, however broken it is. What is no content (scripts, styles, comments) is not in it.

    Raises BadBulletin for a text too large, or nested too deep, to be read in a second.
    """
    _refuse_bombs(html)
    whole = nh3.clean(
        _FORBIDDEN.sub("", html),
        tags=BLOCKS | _INLINE,
        clean_content_tags=_SILENT,
        attributes={"*": _ATTRIBUTES, "a": {"href"}, "img": {"src", "alt"}},
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel=None,
    )
    tree = _Tree()
    tree.feed(whole)
    tree.close()
    return tree.root


def _refuse_bombs(html: str) -> None:
    if len(html) > MOST_INPUT:
        raise BadBulletin(f"The HTML is longer than {MOST_INPUT:,} characters.", hint="Paste a part of it.")
    is_open: Counter[str] = Counter()
    depth = 0
    for number, found in enumerate(_TAG.finditer(html), 1):
        name = found[2].lower()
        if name not in _ENDS_BY_ITSELF and name not in _VOID:
            # The parser asks for each element what it stands in, which takes minutes for 100,000 in each other.
            step = -min(1, is_open[name]) if found[1] else 1
            is_open[name] += step
            depth += step
        if number > MOST_TAGS or depth > DEEPEST:
            raise BadBulletin("The HTML has too many elements, or too deep ones.", hint="Paste a part of it.")


class _Tree(HTMLParser):
    """Reads what the sanitiser wrote: every element is closed, and nothing else has an angle bracket."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("body", {})
        self.open = [self.root]
        self.unkept = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        if tag in BLOCKS:
            for parent in self.open:
                parent.holds_blocks = True
        if tag not in _VOID and len(self.open) >= _DEEPEST_KEPT:
            self.unkept += 1
            return
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self.unkept:
            self.unkept -= 1
        elif len(self.open) > 1:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        # A character written as a reference comes out of the parser as itself.
        self.open[-1].children.append(_FORBIDDEN.sub("", data))
