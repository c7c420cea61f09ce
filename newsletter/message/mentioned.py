"""The links and images of staff text, each with the line it stands on."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from markdown_it.token import Token

from newsletter.message import merge
from newsletter.message.characters import check_text
from newsletter.message.markdown import Source, check_size, set_text
from newsletter.message.slots import Tokens


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A link and its words, or an image and what it says to who cannot see it. Tags in `url` are as written."""

    url: str
    words: str
    line: int
    is_image: bool = False

    @property
    def has_tag(self) -> bool:
        """Whether it is another link for each reader."""
        return "{{" in self.url


def mentioned(markdown: str, *, tags: Collection[str], first_line: int = 1) -> tuple[Mentioned, ...]:
    """Links and images in the order of the text. Raises BadBulletin like `render.prepare`."""
    check_text(markdown, first_line)
    check_size(markdown, first_line)
    written = markdown.replace("\r\n", "\n").replace("\r", "\n")
    tokens = Tokens.unlike(written)
    text = tokens.swap(merge.parse(written, tags=tags, first_line=first_line))
    blocks = set_text(Source(text, tokens, first_line))
    found = (each for block in blocks if block.children for each in _of_block(block, first_line))
    return tuple(Mentioned(tokens.shown(one.url), tokens.shown(one.words), one.line, one.is_image) for one in found)


def _of_block(block: Token, first_line: int) -> Iterator[Mentioned]:
    line = first_line + (block.map or [0])[0]
    inlines = block.children or []
    for at, inline in enumerate(inlines):
        if inline.type in ("softbreak", "hardbreak"):
            line += 1
        elif inline.type == "image":
            yield Mentioned(str(inline.attrs["src"]), inline.content, line, is_image=True)
        elif inline.type == "link_open":
            yield Mentioned(str(inline.attrs["href"]), _words(inlines[at + 1 :]), line)


def _words(inlines: list[Token]) -> str:
    """What stands before the end of a link; links do not stand in links."""
    words = []
    for inline in inlines:
        if inline.type == "link_close":
            break
        words.append(inline.content or (" " if inline.type in ("softbreak", "hardbreak") else ""))
    return "".join(words)
