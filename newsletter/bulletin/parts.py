"""Which lines of a text are for whom: between `:::if …` and `:::` they are for some readers only. Pure.

A text is reduced for a reader before it is set: what is not for them becomes empty lines, so that every line keeps its
number, and whoever sets the text knows nothing of conditions.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from newsletter.bulletin.condition import Condition, read_condition
from newsletter.bulletin.directive import MARK, Directive, directives
from newsletter.bulletin.values import Machine

MOST = 12
"""So many different conditions stand in a text: each can double the number of letters that are made of it."""
IF = "if"
EVERYBODY = -1
_NOBODY = -2

Shown = frozenset[int]
"""The numbers of the parts that somebody sees."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one condition at one place decides on, however often both are written there.

    `within` is the number of the part around it; `line` that of the first `:::if` in the file.
    """

    condition: Condition
    within: int
    line: int


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a text, each after the one around it, and for each line the part it belongs to.

    `openings` are (row, part) of the lines `:::if`, rows counted from 0. A text without conditions has no parts.
    """

    parts: tuple[Part, ...] = ()
    owners: tuple[int, ...] = ()
    openings: tuple[tuple[int, int], ...] = ()

    @property
    def all(self) -> Shown:
        """What somebody sees for whom every part is."""
        return frozenset(range(len(self.parts)))

    def shown_to(self, machines: tuple[Machine, ...], language: str) -> Shown:
        """What a reader sees of it: a part is for them if one of the machines of their copy is what it asks for.

        Conditions inside each other ask it of the same machine.
        """
        left: list[tuple[Machine, ...]] = []
        for part in self.parts:
            around = machines if part.within == EVERYBODY else left[part.within]
            left.append(part.condition.among(around, language) if around else ())
        return frozenset([number for number, those in enumerate(left) if those])

    def reduced(self, text: str, shown: Collection[int]) -> str:
        """The text with nothing but what is shown, every line at its place."""
        if not self.parts:
            return text
        rows = zip(text.split("\n"), self.owners, strict=True)
        return "\n".join([line if owner == EVERYBODY or owner in shown else "" for line, owner in rows])

    def told_of(self, text: str) -> frozenset[int]:
        """The parts with something to read in them, `EVERYBODY` for what is in none."""
        rows = zip(text.split("\n"), self.owners, strict=True)
        return frozenset(owner for line, owner in rows if owner != _NOBODY and line.strip(": \t"))

    def told(self, text: str, say: Callable[[Condition], str]) -> str:
        """The whole text, with what is said of each condition, as a paragraph's first line, where it stands."""
        if not self.parts:
            return text
        lines = self.reduced(text, self.all).split("\n")
        for row, part in self.openings:
            lines[row] = f"\n{say(self.parts[part].condition)}"
        return "\n".join(lines)


NONE = Parts()
NOTHING: Shown = frozenset()


def read_parts(lines: Sequence[str], first_line: int, others: Collection[str] = ()) -> Parts:
    """The parts of a text; the `others` are names of directives that stay in it.

    Raises BadBulletin with line and column.
    """
    if not any(line.startswith(MARK) for line in lines):
        return NONE
    reading = _Reading()
    for row, directive in enumerate(directives(lines, first_line, (IF, *others))):
        reading.take(row, directive)
    return (
        Parts(tuple(reading.parts.values()), tuple(reading.owners), tuple(reading.openings)) if reading.parts else NONE
    )


@dataclass(slots=True)
class _Reading:
    """What was read so far. `around` has for each open directive the part it stands in, and whether it is an `if`."""

    parts: dict[tuple[Condition, int], Part] = field(default_factory=dict)
    owners: list[int] = field(default_factory=list)
    openings: list[tuple[int, int]] = field(default_factory=list)
    here: int = EVERYBODY
    around: list[tuple[int, bool]] = field(default_factory=list)

    def take(self, row: int, directive: Directive | None) -> None:
        """One more line."""
        owner = self.here
        if directive is not None and directive.name:
            self.around.append((self.here, directive.name == IF))
            if directive.name == IF:
                owner, self.here = _NOBODY, self._part(directive)
                self.openings.append((row, self.here))
        elif directive is not None:
            self.here, is_if = self.around.pop()
            owner = _NOBODY if is_if else owner
        self.owners.append(owner)

    def _part(self, directive: Directive) -> int:
        condition = read_condition(directive.arguments)
        key = condition, self.here
        if key not in self.parts:
            if len(self.parts) == MOST:
                hint = "Split the bulletin, or give several models one part."
                raise directive.refusal(f"The text has more than {MOST} different conditions.", hint)
            self.parts[key] = Part(condition, self.here, directive.line)
        return list(self.parts).index(key)
