"""A bulletin in two variants, a and b, of which it is tried out which one does better. Pure.

What b says otherwise stands in the front matter as `b.title`, `b.title.de`, `b.preheader` and `b.preheader.de`; in the
text, what is for one of them stands between `:::variant a` or `:::variant b` and `:::`. The lines of the other variant
and these marks become empty lines before anything else is read, so every line keeps its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.bulletin.directive import MARK, Directive, read_directive
from newsletter.bulletin.front_matter import Front
from newsletter.errors import BadBulletin

A, B = "a", "b"
VARIANTS = (A, B)
OF_B = "b."
"""Before the name of a field that is for variant b."""

_NAME = "variant"
_BOTH, _NOBODY = "", "-"
_TITLES = ("title", "preheader")


def speaks_of_variants(fields: Front, lines: Sequence[str]) -> bool:
    """Whether a text may have variants: a look that costs little, for most have none."""
    if any(name.startswith(OF_B) for name in fields):
        return True
    return any(line.startswith(MARK) and _NAME in line.lower() for line in lines)


def fields_of(fields: Front, variant: str) -> Front:
    """The front matter as one variant has it. Raises BadBulletin where b would have a title in one language only."""
    shared = {name: line for name, line in fields.items() if not name.startswith(OF_B)}
    if variant == A:
        return shared
    own = {name.removeprefix(OF_B): line for name, line in fields.items() if name.startswith(OF_B)}
    for what in _TITLES:
        for name in shared:
            if what in own and name.startswith(f"{what}.") and name not in own:
                hint = f"Add `{OF_B}{name}:`, because the text in that language has a {what} of its own."
                language = name.removeprefix(f"{what}.")
                raise own[what].refusal(f"There is another {what}, but none in {language}.", hint)
    return shared | own


def lines_of(lines: Sequence[str], first_line: int, variant: str) -> list[str]:
    """The text as one variant has it, every line at its place. Raises BadBulletin with line and column."""
    reading = _Reading()
    owners = [reading.owner(line, number) for number, line in enumerate(lines, first_line)]
    reading.end()
    return [line if owner in (_BOTH, variant) else "" for line, owner in zip(lines, owners, strict=True)]


def in_variant(error: BadBulletin, variant: str) -> BadBulletin:
    """The same error, said of one variant."""
    said = f"In variant {variant}: {error.message}"
    return BadBulletin(said, line=error.line, column=error.column, hint=error.hint)


@dataclass(slots=True)
class _Reading:
    """The directives open at a line, each with the variant its lines are for."""

    around: list[tuple[Directive, str]] = field(default_factory=list)

    def owner(self, line: str, number: int) -> str:
        """Which variant a line is of, after those before it."""
        here = self.around[-1][1] if self.around else _BOTH
        if not line.startswith(MARK):
            return here
        directive = read_directive(line, number)
        if directive is None:  # whoever reads all of them says what is wrong with it
            return here
        if not directive.name:
            closed = self.around.pop()[0] if self.around else None
            return _NOBODY if closed and closed.name == _NAME else here
        is_ours = directive.name == _NAME
        self.around.append((directive, _variant(directive, here) if is_ours else here))
        return _NOBODY if is_ours else here

    def end(self) -> None:
        """Nothing of ours may be open at the end of a text."""
        for directive, _ in reversed(self.around):
            if directive.name == _NAME:
                raise directive.refusal("This {} is never closed.", "Write a line ::: where it ends.")


def _variant(directive: Directive, around: str) -> str:
    variant = directive.arguments.value.lower()
    if variant not in VARIANTS:
        hint = "Write :::variant a or :::variant b."
        raise directive.arguments.refusal("{} is no variant.", hint)
    if around != _BOTH:
        raise directive.refusal("This {} stands in another one.", "Close that one first.")
    return variant
