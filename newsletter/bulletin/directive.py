"""Lines of a text that are no text: `:::name arguments` opens something, `:::` closes what was opened last. Pure.

Who wants to write such a line as text puts a space before it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from newsletter.bulletin.front_matter import Field
from newsletter.errors import BadBulletin

MARK = ":::"
_NO_ARGUMENTS = Field("", 1, 1)
_OPENING = re.compile(r":::[ \t]*(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?P<gap>[ \t]*)(?P<arguments>.*)")


@dataclass(frozen=True, slots=True)
class Directive:
    """One such line: its number in the file, its name, empty where it closes, and what follows the name."""

    line: int
    name: str = ""
    arguments: Field = _NO_ARGUMENTS

    def refusal(self, sentence: str, hint: str) -> BadBulletin:
        """The error that points at this line."""
        return Field(f"{MARK}{self.name}", self.line, 1).refusal(sentence, hint)


def directives(lines: Sequence[str], first_line: int, known: Collection[str]) -> Iterator[Directive | None]:
    """For each line its directive, None for a line of text.

    Raises BadBulletin for a name that is not `known`, one that closes nothing, and one that is never closed.
    """
    opened: list[Directive] = []
    for number, line in enumerate(lines, first_line):
        if not line.startswith(MARK):
            yield None
            continue
        directive = _read(line, number, known)
        if directive.name:
            opened.append(directive)
        elif opened:
            opened.pop()
        else:
            raise directive.refusal("This {} closes nothing.", "Take the line out, or open something above it.")
        yield directive
    if opened:
        raise opened[-1].refusal("This {} is never closed.", "Write a line ::: where it ends.")


def read_directive(line: str, number: int) -> Directive | None:
    """What a line that begins with MARK says, whether anybody knows its name; None where it is no directive."""
    if not line[len(MARK) :].strip():
        return Directive(number)
    found = _OPENING.fullmatch(line.rstrip())
    if found is None:
        return None
    arguments = Field(found["arguments"], number, found.start("arguments") + 1)
    return Directive(number, found["name"].lower(), arguments)


def _read(line: str, number: int, known: Collection[str]) -> Directive:
    directive = read_directive(line, number)
    name = directive.name if directive else ""
    if directive is None or (name and name not in known):
        close = get_close_matches(name, known, n=1) or sorted(known)
        hint = f"Known is :::{', :::'.join(close)}. To write it as text, put a space before it."
        raise Field(line.strip(), number, 1).refusal("{} opens nothing that there is.", hint)
    return directive
