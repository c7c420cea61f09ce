"""An image or a button as its Markdown, and as the words and addresses that a form asks for. Pure."""

import re

from newsletter.message.block import Block, Kind
from newsletter.message.html_runs import link_destination

_WORDS = r"(?P<{0}>(?:[^\[\]\\\n]|\\.)*)"
_ADDRESS = r"(?P<{0}>(?:[^\s(){{}}<>]|\{{\{{[^{{}}\n]*\}}\}})*)"
_PICTURE = rf"!\[{_WORDS.format('alt')}\]\({_ADDRESS.format('src')}\)"
_SHAPES = {
    Kind.IMAGE: (re.compile(_PICTURE), re.compile(rf"\[{_PICTURE}\]\({_ADDRESS.format('link')}\)")),
    Kind.BUTTON: (re.compile(rf"\[{_WORDS.format('words')}\]\({_ADDRESS.format('href')}\)"),),
}
FIELDS = {Kind.IMAGE: ("src", "alt", "link"), Kind.BUTTON: ("words", "href")}
"""What a form asks for."""
_TAG = re.compile(r"(\{\{[^{}\n]*\}\})")


def told(block: Block) -> dict[str, str] | None:
    """The words and addresses of an image or a button; None for other blocks, and for Markdown that says more."""
    for shape in _SHAPES.get(block.kind, ()):
        if found := shape.fullmatch(block.markdown.strip()):
            said = {name: value or "" for name, value in found.groupdict().items()}
            said |= {name: re.sub(r"\\(.)", r"\1", said[name]) for name in said if name in ("alt", "words")}
            return dict.fromkeys(FIELDS[block.kind], "") | said
    return None


def markdown_of(kind: Kind, said: dict[str, str]) -> str:
    """The Markdown of an image or a button of which a form says this."""
    if kind is Kind.BUTTON:
        return f"[{_escaped(said['words'])}]({_address(said['href'])})"
    picture = f"![{_escaped(said['alt'])}]({_address(said['src'])})"
    return f"[{picture}]({_address(said['link'])})" if said["link"].strip() else picture


def _escaped(words: str) -> str:
    return re.sub(r"[\[\]\\]", r"\\\g<0>", " ".join(words.split()))


def _address(address: str) -> str:
    """An address with nothing in it that would end it; merge tags stay."""
    pieces = _TAG.split(address.strip())
    return "".join(piece if at % 2 else link_destination(piece) for at, piece in enumerate(pieces))
