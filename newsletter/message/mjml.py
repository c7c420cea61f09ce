"""Blocks as the HTML of a letter that holds together everywhere, Outlook's tables included, by way of MJML.

MJML knows of our blocks only where they stand: what people wrote is held by tokens while `mrml` sets the layout, so no
word, link or attribute of theirs is ever read as markup.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

import mrml
from markdown_it.token import Token

from newsletter.errors import BadBulletin
from newsletter.message import merge
from newsletter.message.block import Align, Block, Kind
from newsletter.message.frame import Frame
from newsletter.message.markdown import Source, set_text, to_html
from newsletter.message.plain import to_text
from newsletter.message.slots import Tokens

WIDTH = 566  # pixels; the frame is 600 wide, with its own padding
_FONT = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, sans-serif"
_GAPS = {1: ("0",), 2: ("0 8px 0 0", "0 0 0 8px"), 3: ("0 10px 0 0", "0 5px", "0 0 0 10px")}
_STACKED = "@media only screen and (max-width:480px) { .column > table > tbody > tr > td { padding: 0 !important } }"
_BODY = re.compile(r"<body[^>]*><div[^>]*>(.*)</div></body>", re.DOTALL)
_RULES = re.compile(r"<style type=\"text/css\">(@media[^<]*)</style>")

_PART_OF_A_PIXEL = re.compile(r'\bwidth="(\d+)\.\d+"')
_ALIGNED = re.compile(r"(<td align=\"(center|right)\"[^>]*><table\b[^>]*style=\")")


@dataclass(slots=True)
class Setting:
    """The blocks of one text while they are set. `held` is what stands for each token of ours."""

    tokens: Tokens
    tags: Collection[str]
    frame: Frame
    pictures: str = ""
    held: dict[str, str] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)

    def html(self, blocks: Sequence[Block]) -> tuple[str, str]:
        """The HTML of the body and the rules for a style sheet. Fills `text`, the plain-text part, as it goes.

        Raises BadBulletin with line and column for what does not stand in such a block.
        """
        sections = "".join(self._sections(blocks))
        document = f'<mjml><mj-head>{_attributes()}</mj-head><mj-body width="{WIDTH}px">{sections}</mj-body></mjml>'
        whole = mrml.to_html(document).content
        found = _BODY.search(whole)
        if found is None:
            raise BadBulletin("The blocks cannot be set.", hint="Tell your administrator: MJML gave no body.")
        body = _ALIGNED.sub(_with_margin, _PART_OF_A_PIXEL.sub(r'width="\1"', found[1].replace(' height="auto"', "")))
        held = re.compile(rf"{self.tokens.key}b\d+q")
        return held.sub(lambda token: self.held[token[0]], body), "\n".join([*_RULES.findall(whole), _STACKED])

    def _sections(self, blocks: Sequence[Block]) -> Iterator[str]:
        direction = self.frame.direction
        for row in _rows(blocks):
            gaps = _GAPS[len(row)] if direction == "ltr" else _GAPS[len(row)][::-1]
            columns = (
                f'<mj-column css-class="column" direction="{direction}" padding="{gap}">'
                f"{self._elements(column.inner)}</mj-column>"
                for column, gap in zip(row, gaps, strict=True)
            )
            yield f'<mj-section direction="{direction}">{"".join(columns)}</mj-section>'

    def _elements(self, blocks: Sequence[Block]) -> str:
        setters: Mapping[Kind, Callable[[Block, list[Token]], str]] = {
            Kind.HEADING: self._heading,
            Kind.TEXT: self._text,
            Kind.TABLE: self._table,
            Kind.IMAGE: self._image,
            Kind.BUTTON: self._button,
        }
        written = []
        for block in blocks:
            tokens = self._set(block)
            self.text.append(to_text(tokens, self.tokens))
            written.append(setters[block.kind](block, tokens))
        return "".join(written)

    def _set(self, block: Block) -> list[Token]:
        template = merge.parse(block.markdown, tags=self.tags, first_line=block.line)
        return set_text(Source(self.tokens.swap(template), self.tokens, block.line, self.pictures))

    def _heading(self, block: Block, tokens: list[Token]) -> str:
        _expect(block, [token.type for token in tokens] == ["heading_open", "inline", "heading_close"])
        return self._text(block, tokens)

    def _table(self, block: Block, tokens: list[Token]) -> str:
        tables = [token for token in tokens if token.level == 0]
        _expect(block, [token.type for token in tables] == ["table_open", "table_close"])
        return self._text(block, tokens)

    def _text(self, block: Block, tokens: list[Token]) -> str:
        # The dark rules of the frame find it by its class.
        return (
            f'<mj-text css-class="ink" {self._ink} align="{self._align(block)}">{self._hold(to_html(tokens))}</mj-text>'
        )

    def _image(self, block: Block, tokens: list[Token]) -> str:
        inlines = _only_line(block, tokens)
        link = str(inlines[0].attrs["href"]) if inlines[0].type == "link_open" else ""
        shown = inlines[1:-1] if link else inlines
        _expect(block, len(shown) == 1 and shown[0].type == "image")
        image = shown[0]
        alt = "".join(child.content for child in image.children or () if not child.nesting)
        told = {"src": str(image.attrs["src"]), "alt": alt, "href": link}
        held = "".join(
            f' {name}="{self._hold(escape(value))}"' for name, value in told.items() if value or name == "alt"
        )
        natural = min(int(image.attrs.get("width", WIDTH)), WIDTH)
        width = f' width="{block.width or natural}px"'
        return f'<mj-image align="{self._align(block)}"{width}{held} />'

    def _button(self, block: Block, tokens: list[Token]) -> str:
        inlines = _only_line(block, tokens)
        kinds = [inline.type for inline in inlines]
        is_link = (kinds[0], kinds[-1], kinds.count("link_open")) == ("link_open", "link_close", 1)
        words = "".join(inline.content for inline in inlines[1:-1])
        _expect(block, is_link and bool(words.strip()) and "image" not in kinds)
        day = self.frame.look.day
        href = self._hold(escape(str(inlines[0].attrs["href"])))
        return (
            f'<mj-button css-class="go" align="{self._align(block)}" background-color="{day.accent}"'
            f' color="{day.on_accent}" href="{href}">{self._hold(escape(words))}</mj-button>'
        )

    @property
    def _ink(self) -> str:
        return f'color="{self.frame.look.day.text}"'

    def _align(self, block: Block) -> str:
        return block.align or (Align.RIGHT if self.frame.direction == "rtl" else Align.LEFT)

    def _hold(self, html: str) -> str:
        token = f"{self.tokens.key}b{len(self.held)}q"
        self.held[token] = html
        return token


def _rows(blocks: Sequence[Block]) -> Iterator[Sequence[Block]]:
    """The columns of each row; blocks below each other are a row of one."""
    for are_columns, group in groupby(blocks, key=lambda block: block.kind is Kind.COLUMNS):
        below = tuple(group)
        yield from [block.inner for block in below] if are_columns else [(Block(Kind.COLUMN, "", 0, 0, inner=below),)]


def _with_margin(found: re.Match[str]) -> str:
    """A table in an aligned cell: the attribute moves it in Outlook, a margin everywhere else."""
    return f"{found[1]}margin:{'0 auto' if found[2] == 'center' else '0 0 0 auto'};"


def _attributes() -> str:
    return (
        "<mj-attributes>"
        f'<mj-all font-family="{_FONT}" />'
        '<mj-section padding="0" /><mj-column padding="0" />'
        '<mj-text padding="0" font-size="16px" line-height="1.55" />'
        '<mj-image padding="0 0 14px" />'
        '<mj-button padding="4px 0 18px" inner-padding="12px 22px" border-radius="6px" font-size="16px"'
        ' font-weight="600" />'
        "</mj-attributes>"
    )


_WANTED = {
    Kind.HEADING: ("a heading", "## Words"),
    Kind.TABLE: ("a table", "| Part | Amount |, with | --- | --- | below"),
    Kind.IMAGE: ("an image", "![What it shows](https://www.example.com/a.png)"),
    Kind.BUTTON: ("a link", "[Words](https://www.example.com/)"),
}


def _expect(block: Block, is_so: bool) -> None:  # noqa: FBT001 - it reads as a sentence
    if not is_so:
        what, example = _WANTED[block.kind]
        sentence = f"In this :::{block.kind} stands something else than {what}."
        raise BadBulletin(sentence, line=block.opened, hint=f"Write one, and nothing else: {example}.")


def _only_line(block: Block, tokens: list[Token]) -> list[Token]:
    """What stands in the only paragraph of a block, without space around it."""
    _expect(block, [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"])
    inlines = [inline for inline in tokens[1].children or () if inline.type != "text" or inline.content]
    _expect(block, bool(inlines))
    return inlines
