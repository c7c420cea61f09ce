"""What stands around the text of a bulletin: our own templates of templates/mail/bulletin, with given strings."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from newsletter.message import merge
from newsletter.message.characters import check_text
from newsletter.message.look import HOUSE_LOOK, Look
from newsletter.message.merge import Tag
from newsletter.message.outlook import for_outlook
from newsletter.message.slots import Place, Tokens
from newsletter.message.wrap import COLUMNS, wrapped

_FOLDER = Path(__file__).parents[2] / "templates" / "mail" / "bulletin"
_TOLD = ("vendor", "title", "preheader", "why", "postal_address")

FILLER = "\u00a0\u200c" * 60
"""Spaces without a place to break: lists of mails show some 100 characters, else the beginning of the text follows."""

_html = Environment(loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=True, trim_blocks=True)
_text = _html.overlay(autoescape=False, keep_trailing_newline=True)


Asked = tuple[str, tuple[tuple[str, str], ...]]
"""A short question, and its answers: (label, name of the value that is the link)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The strings around a bulletin, in the reader's language; merge tags may stand in all but the labels.

    `links` are (label, name of the value that is the link), the opt-out first; `lines`, if any, is (label, name of a
    value of several lines), such as the person's machines, and is left out for a person who has none. `language` is
    a BCP 47 tag. `asked` stands below the text, `trap` names a link that
    no reader sees. `is_preheader_own`: the preheader says what nothing else does, so nothing may stand behind it in a
    list of mails. The names in `links`, `lines`, `asked` and `trap` are values to fill, beside those of the tags.
    """

    vendor: str
    title: str
    preheader: str
    why: str
    postal_address: str
    language: str
    links: tuple[tuple[str, str], ...]
    lines: tuple[str, str] | None = None
    asked: Asked | None = None
    trap: str = ""
    is_preheader_own: bool = False
    direction: Literal["ltr", "rtl"] = "ltr"
    look: Look = HOUSE_LOOK


@dataclass(frozen=True, slots=True)
class Framing:
    """A frame about to be put around the two parts of one text; every place for a value is held by a token.

    `rules` are for the style sheet, which the columns of blocks need.
    """

    frame: Frame
    tokens: Tokens
    tags: Collection[str]
    rules: str = ""

    def html(self, body: str) -> str:
        """The HTML part with its CSS inlined. `body` is sanitised HTML."""
        trusted = Markup(body)  # noqa: S704 - it comes from nh3
        return for_outlook(_inliner(self.frame.look).inline(self._around(_html, "frame.html", trusted, str)))

    def text(self, body: str) -> str:
        """The plain-text part."""
        return self._around(_text, "frame.txt", body, lambda told: "\n".join(wrapped(told, COLUMNS)))

    def _around(self, templates: Environment, name: str, body: str, lay: Callable[[str], str]) -> str:
        told = {field: lay(self._swapped(getattr(self.frame, field))) for field in _TOLD}
        return templates.get_template(name).render(
            frame=self.frame,
            day=self.frame.look.day,
            night=self.frame.look.night,
            told=told,
            rules=Markup(self.rules),  # noqa: S704 - they come from mrml, which saw nothing but tokens of ours
            body=body,
            link=self._link,
            lines=self._lines,
            mark=self.tokens.mark,
            filler=FILLER,
        )

    def _swapped(self, told: str) -> str:
        check_text(told)
        return self.tokens.swap(merge.parse(told, tags=self.tags))

    def _link(self, name: str) -> str:
        return self.tokens.hold(Tag(name, None, name), Place.LINK)

    def _lines(self, name: str) -> str:
        return self.tokens.hold(Tag(name, "", name), Place.LINES)


@lru_cache(maxsize=16)
def _inliner(look: Look) -> CSSInliner:
    return CSSInliner(
        extra_css=_text.get_template("frame.css").render(day=look.day),
        keep_style_tags=True,
        minify_css=True,
        load_remote_stylesheets=False,
    )
