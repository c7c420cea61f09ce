"""Text in blocks: `:::heading`, `:::text`, `:::image`, `:::button`, `:::table`, `:::columns` with `:::column` in it.

    :::heading center
    # Grease the spindle
    :::
    :::columns
    :::column
    :::image width=240
    ![The nipple](picture:nipple.png)
    :::
    :::
    :::column
    :::button
    [Read more](https://www.example.com/)
    :::
    :::
    :::

What stands in a block is Markdown, so without the lines of the directives it is a text like any other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from newsletter.bulletin.directive import MARK, Directive, directives
from newsletter.bulletin.front_matter import Field
from newsletter.errors import BadBulletin
from newsletter.message.block import Align, Block, Kind

KINDS = tuple(Kind)
MOST = 200
MOST_COLUMNS = 3
NARROWEST, WIDEST = 20, 566  # pixels
_WIDTH = re.compile(r"width=(\d{1,4})")


def read_blocks(markdown: str, first_line: int) -> tuple[Block, ...]:
    """The blocks of a text, without those in which nothing stands. Raises BadBulletin with line and column."""
    lines = markdown.split("\n")
    reading = _Reading()
    for number, (line, directive) in enumerate(zip(lines, directives(lines, first_line, KINDS), strict=True)):
        reading.take(line, first_line + number, directive)
    return tuple(reading.done)


def without_marks(markdown: str) -> str:
    """The text alone, every line at its place."""
    lines = markdown.split("\n")
    return "\n".join("" if line.startswith(MARK) else line for line in lines)


def as_blocks_text(blocks: Sequence[Block]) -> str:
    """The text that `read_blocks` reads as these blocks."""
    return "\n".join(line for block in blocks for line in _lines(block))


def count_lines(block: Block) -> int:
    """How many lines a block takes in a text."""
    return sum(line.count("\n") + 1 for line in _lines(block))


@dataclass(slots=True)
class _Open:
    directive: Directive
    kind: Kind
    align: Align
    width: int
    lines: list[str] = field(default_factory=list)
    inner: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """What was read so far: the blocks that are closed, and those that are open, the outer ones first."""

    done: list[Block] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    count: int = 0

    def take(self, line: str, number: int, directive: Directive | None) -> None:
        """One more line."""
        if directive is None:
            self._text(line, number)
        elif directive.name:
            self._begin(directive)
        else:
            self._end()

    def _text(self, line: str, number: int) -> None:
        within = self.open[-1] if self.open else None
        if within is not None and within.kind not in (Kind.COLUMNS, Kind.COLUMN):
            within.lines.append(line)
        elif line.strip():
            hint = "With `layout: blocks` every text stands between :::text and :::."
            column = len(line) - len(line.lstrip()) + 1
            raise BadBulletin("This line stands in no block.", line=number, column=column, hint=hint)

    def _begin(self, directive: Directive) -> None:
        kind, around = Kind(directive.name), self.open[-1].kind if self.open else None
        self.count += 1
        if self.count > MOST:
            raise directive.refusal(f"There are more than {MOST} blocks.", "Split the bulletin.")
        if (kind is Kind.COLUMN) != (around is Kind.COLUMNS):
            raise directive.refusal("{} does not stand here.", "Columns hold :::column, and only they do.")
        if around is not None and (around not in (Kind.COLUMNS, Kind.COLUMN) or kind is Kind.COLUMNS):
            raise directive.refusal("{} stands in a block.", f"Close the :::{around} above it with ::: first.")
        self.open.append(_Open(directive, kind, *_read_arguments(kind, directive.arguments)))

    def _end(self) -> None:
        closed = self.open.pop()
        if len(closed.inner) > MOST_COLUMNS and closed.kind is Kind.COLUMNS:
            raise closed.directive.refusal("{} has more than three columns.", "Put the rest into other :::columns.")
        opened, inner = closed.directive.line, tuple(closed.inner)
        # A part for some readers leaves nothing of a block to all others.
        if inner or "".join(closed.lines).strip() or closed.kind is Kind.COLUMN:
            told = "\n".join(closed.lines)
            block = Block(closed.kind, told, opened + 1, opened, closed.align, closed.width, inner)
            (self.open[-1].inner if self.open else self.done).append(block)


def _read_arguments(kind: Kind, arguments: Field) -> tuple[Align, int]:
    align, width = Align.START, 0
    for word in _words(arguments):
        found = _WIDTH.fullmatch(word.value.lower())
        if found and kind is Kind.IMAGE:
            width = int(found[1])
            if not NARROWEST <= width <= WIDEST:
                raise word.refusal("{} does not fit.", f"An image is {NARROWEST} to {WIDEST} pixels wide.")
        elif word.value.lower() in list(Align) and kind not in (Kind.COLUMNS, Kind.COLUMN):
            align = Align(word.value.lower())
        else:
            raise word.refusal("{} means nothing here.", _MAY_FOLLOW[kind])
    return align, width


def _words(arguments: Field) -> Iterator[Field]:
    for found in re.finditer(r"\S+", arguments.value):
        yield Field(found[0], arguments.line, arguments.column + found.start())


_ALIGNED = "left, center or right may follow."
_MAY_FOLLOW = dict.fromkeys(Kind, _ALIGNED) | {
    Kind.IMAGE: "left, center or right may follow, and the width in pixels: width=300.",
    Kind.COLUMNS: "Nothing may follow.",
    Kind.COLUMN: "Nothing may follow.",
}


def _lines(block: Block) -> Iterator[str]:
    words = [block.kind, block.align, f"width={block.width}" if block.width else ""]
    yield MARK + " ".join(filter(None, words))
    if block.kind in (Kind.COLUMNS, Kind.COLUMN):
        yield from (line for inner in block.inner for line in _lines(inner))
    else:
        yield from (f" {line}" if line.startswith(MARK) else line for line in block.markdown.split("\n"))
    yield MARK
