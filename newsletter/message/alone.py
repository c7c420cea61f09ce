"""Staff text as part of a page of ours, without the frame of a letter. The page loads nothing from elsewhere."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from markdown_it.token import Token

from newsletter.message import merge
from newsletter.message.characters import check_text
from newsletter.message.markdown import Source, check_size, sanitised, set_text, to_html
from newsletter.message.prepared import Part
from newsletter.message.render import cut
from newsletter.message.slots import Slot, Tokens
from newsletter.message.writers import HTML, writer

NO_LINK = "https://nowhere.invalid/"
"""The value for a slot that is a whole link where there is nothing to link to: its words stay, as plain text."""


def prepare_alone(*, markdown: str, tags: Collection[str], first_line: int = 1, pictures: str = "") -> Part:
    """Set a text once, as HTML alone. Raises BadBulletin like `prepare`.

    An image becomes a link to it, but for those of ours, whose addresses begin with `pictures`.
    """
    check_text(markdown, first_line)
    check_size(markdown, first_line)
    tokens = Tokens.unlike(markdown)
    text = tokens.swap(merge.parse(markdown, tags=tags, first_line=first_line))
    blocks = set_text(Source(text, tokens, first_line, pictures))
    for block in blocks:
        block.children = [*_without_images(block.children)] if block.children else block.children
    return cut(to_html(blocks), tokens, HTML)


def fill_alone(part: Part, say: Callable[[Slot], str]) -> str:
    """The HTML with what is said in each slot, sanitised once more as a whole: no value can make it another text."""
    written = [writer(slot, part.manner)(say(slot)) for slot in part.slots]
    html = "".join(piece + value for piece, value in zip(part.pieces, [*written, ""], strict=True))
    return sanitised(html, dead_link=NO_LINK)


def begins_with_headline(part: Part) -> bool:
    """Whether the text names itself, so that its page need not."""
    return part.pieces[0].lstrip().startswith("<h1>")


def _without_images(tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type != "image" or "width" in token.attrs:  # no other than ours has one
            yield token
            continue
        words = replace(token, type="text", tag="", attrs={}, children=None, content=_told_of(token))
        yield from [words] if depth else [_link(1, str(token.attrs["src"])), words, _link(-1)]


def _told_of(image: Token) -> str:
    words = "".join(token.content or " " for token in image.children or () if not token.nesting)
    return words.strip() or str(image.attrs["src"])


def _link(nesting: int, href: str = "") -> Token:
    kind = "link_open" if nesting > 0 else "link_close"
    return Token(kind, "a", nesting, attrs={"href": href} if href else {})  # type: ignore[arg-type] # 1 or -1
