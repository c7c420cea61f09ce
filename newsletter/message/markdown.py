"""Staff Markdown as the tokens both parts are made from: CommonMark, tables, strikethrough, no raw HTML."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from newsletter.errors import BadBulletin
from newsletter.message.picture import SCHEME, read_name
from newsletter.message.slots import Place, Tokens

MOST_OCTETS = 1_000_000
MOST_LINES = 20_000
MOST_MARKS = 100_000
MOST_BLOCKS = 60_000
MOST_BRACKET_WORK = 500_000_000
DEEPEST = 12

_WHOLE = "Write the whole address, like https://example.com/page, mailto:name@example.com or tel:+49301234."
_SCHEMES = {"http", "https", "mailto", "tel"}
_TAGS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "strong", "em", "s", "a", "img", "ul", "ol", "li"} | {
    "blockquote", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
}
_MARKS = re.compile(r"[*_~`<>&!\\|\[\]]")
_BEFORE_A_COMPONENT = re.compile(r"https?://[^/?#\s]+[/?#]|mailto:|tel:", re.IGNORECASE)


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the library's name and shape
        """Every link is a link here; a forbidden one is refused with its line, not left in the letter as brackets."""
        return True


def _refuse_bombs(state: StateCore) -> None:
    """Stands between blocks and inlines. The library drops what is nested too deep, in silence."""
    if len(state.tokens) > MOST_BLOCKS:
        raise _too_much("The text has too many table cells, items or paragraphs.", state.env["first_line"])
    work = 0
    for token in state.tokens:
        # It also looks for the end of each bracket anew, which takes minutes for a million of them.
        work += token.content.count("[") * len(token.content) if token.type == "inline" else 0
        if token.level > DEEPEST or work > MOST_BRACKET_WORK:
            line = state.env["first_line"] + (token.map or [0])[0]
            raise BadBulletin("Lists, quotes or brackets are nested too deep.", line=line, hint="Make it flatter.")


_markdown = _Markdown("commonmark", {"html": False, "maxNesting": 2 * DEEPEST}).enable(["table", "strikethrough"])
_markdown.core.ruler.after("block", "refuse_bombs", _refuse_bombs)


@dataclass(frozen=True, slots=True)
class Source:
    """Markdown whose tags were swapped for tokens, and the line at which it begins in its file.

    `pictures` is the address before the name of a picture of ours; without one they keep the address staff wrote.
    """

    text: str
    tokens: Tokens
    first_line: int
    pictures: str = ""


def check_size(text: str, first_line: int) -> None:
    """Raises BadBulletin for a text that would take seconds to set."""
    if len(text.encode()) > MOST_OCTETS:
        raise _too_much("The text is longer than 1 MB.", first_line)
    if text.count("\n") + text.count("\r") > MOST_LINES:
        raise _too_much(f"The text has more than {MOST_LINES} lines.", first_line)
    if sum(1 for _ in _MARKS.finditer(text)) > MOST_MARKS:
        raise _too_much(f"The text has more than {MOST_MARKS} Markdown signs.", first_line)


def set_text(source: Source) -> list[Token]:
    """The tokens of markdown-it, links checked, a slot's token in a link put into the place it has there.

    Raises BadBulletin for links that lead elsewhere than to http, https, mailto or tel, and for nesting bombs.
    """
    tokens = _markdown.parse(source.text, {"first_line": source.first_line})
    for block in tokens:
        if (style := block.attrs.pop("style", None)) is not None:
            block.attrs["align"] = str(style).rpartition(":")[2]
        for inline in _flat(block.children or ()):
            if inline.level > DEEPEST:
                line = source.first_line + (block.map or [0])[0]
                raise BadBulletin("Emphasis is nested too deep.", line=line, hint="Make it flatter.")
            for name in ("href", "src"):
                if name in inline.attrs:
                    url = str(inline.attrs[name])
                    is_ours = name == "src" and url.startswith(SCHEME)
                    inline.attrs |= _picture(url, block, source) if is_ours else {name: _link(url, name, block, source)}
    return tokens


def to_html(tokens: Sequence[Token]) -> str:
    """Sanitised HTML of the tokens."""
    return sanitised(_markdown.renderer.render(tokens, _markdown.options, {}))


def sanitised(html: str, *, dead_link: str = "") -> str:
    """The HTML with nothing but what our Markdown makes. A link to `dead_link` becomes plain text."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=(lambda _tag, _name, value: None if value == dead_link else value) if dead_link else None,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel=None,
    )


def _flat(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())


def _link(url: str, name: str, block: Token, source: Source) -> str:
    tokens = source.tokens
    first = tokens.pattern.search(url)
    if first is not None and first[0] == url:
        return tokens.recast(url, Place.LINK)
    scheme = url.partition(":")[0].lower()
    if scheme not in (_SCHEMES if name == "href" else {"http", "https"}):
        raise _bad_link(f"This link leads nowhere a reader can go: {tokens.shown(url)[:80]}.", url, block, source)
    if first is not None and not _BEFORE_A_COMPONENT.match(url[: first.start()]):
        raise _bad_link(f"A tag cannot choose the host of a link: {tokens.shown(url)[:80]}.", url, block, source)
    return tokens.recast(url, Place.PART)


def _picture(url: str, block: Token, source: Source) -> dict[str, str | int | float]:
    name = url.removeprefix(SCHEME)
    picture = read_name(name)
    if picture is None:
        hint = "Take its name from the page of pictures, like ![What it shows](picture:…-1200x800.png)."
        raise _bad_link(f"There is no picture {source.tokens.shown(name)[:80]!r}.", url, block, source, hint)
    width, height = picture.shown
    return {"src": f"{source.pictures or SCHEME}{name}", "width": width, "height": height}


def _bad_link(sentence: str, url: str, block: Token, source: Source, hint: str = _WHOLE) -> BadBulletin:
    first, last = block.map or [0, 1]
    lines = source.text.split("\n")[first:last]
    row, at = next(((row, line.find(url)) for row, line in enumerate(lines) if url in line), (0, 0))
    column = len(source.tokens.shown(lines[row][:at])) + 1 if lines else 1
    return BadBulletin(sentence, line=source.first_line + first + row, column=column, hint=hint)


def _too_much(sentence: str, line: int) -> BadBulletin:
    return BadBulletin(sentence, line=line, hint="Put what is long on a page and link to it.")
