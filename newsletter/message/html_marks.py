"""What the attributes of an element say of the words in it: their marks, where they lead, and that it only watches."""

import re
from urllib.parse import parse_qs, urlsplit

from newsletter.message.html_runs import BOLD, ITALIC, STRUCK
from newsletter.message.html_tree import Node

_TINY = re.compile(r"0*[0-3](?:px|\.0+)?")
_TINY_STYLE = re.compile(r"(?:^|;)(?:width|height):0*[0-3](?:px)?(?:;|$|!)")
_MARKS = {"b": BOLD, "strong": BOLD, "i": ITALIC, "em": ITALIC, "cite": ITALIC, "s": STRUCK, "strike": STRUCK} | {
    "del": STRUCK
}  # fmt: skip


def marks_of(node: Node, marks: frozenset[str]) -> frozenset[str]:
    """The marks of what stands in an element; `marks` are those around it."""
    own = {_MARKS[node.tag]} if node.tag in _MARKS else set()
    style = node.style
    if re.search(r"font-weight:(?:bold|[6-9]00)", style):
        own.add(BOLD)
    if "font-style:italic" in style:
        own.add(ITALIC)
    if re.search(r"text-decoration[a-z-]*:[^;]*line-through", style):
        own.add(STRUCK)
    if re.search(r"font-weight:(?:normal|[1-5]00)", style):
        # Google Docs puts a whole text between <b> and </b> that are not bold.
        return (marks | own) - {BOLD}
    return marks | own


def clean_link(address: str) -> str:
    """An address without the white space of broken lines; what Google wrapped, unwrapped."""
    clean = re.sub(r"[\t\r\n]", "", address).strip()
    if re.match(r"https?://www\.google\.com/url\?", clean, re.IGNORECASE):
        wrapped = parse_qs(urlsplit(clean).query).get("q", [""])[0]
        return wrapped if wrapped.startswith(("http://", "https://")) else clean
    return clean


def is_pixel(image: Node) -> bool:
    """Whether an image is too small to be seen: it only tells its server that somebody looked."""
    sizes = (image.attrs.get(name, "").strip() for name in ("width", "height"))
    return any(_TINY.fullmatch(size) for size in sizes) or bool(_TINY_STYLE.search(image.style))
