"""A version of the questions as it was written, and what of it a language leaves to our catalogues."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.errors import NotFound
from newsletter.language import translator
from newsletter.question.reasons import Reason
from newsletter.question.version import Wording, WordingLine
from newsletter.question.wording import BUILT_IN, LINES


@dataclass(frozen=True, slots=True)
class Version:
    """`reasons` are asked in this order; `lines` has, by language and name, what staff wrote."""

    number: int
    name: str
    reasons: tuple[Reason, ...]
    lines: Mapping[str, Mapping[str, str]]

    def own(self, language: str) -> Mapping[str, str]:
        """The lines that staff wrote in a language."""
        return self.lines.get(language, {})

    def spoken(self, language: str) -> dict[str, str]:
        """Every line in a language. What staff left out is as the catalogue of that same language has it."""
        return {**in_catalogue(language), **self.own(language)}


@dataclass(frozen=True, slots=True)
class Change:
    """One line that two versions have differently in a language; empty where one leaves it to the catalogue."""

    language: str
    line: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a version made of the one it was made from."""

    changes: tuple[Change, ...]
    switched_on: tuple[Reason, ...]
    switched_off: tuple[Reason, ...]
    is_reordered: bool


def in_catalogue(language: str) -> dict[str, str]:
    """Every line as the catalogue of a language has it."""
    speak = translator(language).gettext
    return {name: speak(words) for name, words in LINES.items()}


def built_in(number: int) -> Version:
    """One of our own versions."""
    return Version(number, "Built-in", tuple(BUILT_IN[number]), {})


def version(session: Session, number: int) -> Version:
    """The version of a number. Raises NotFound."""
    if number in BUILT_IN:
        return built_in(number)
    row = session.get(Wording, number)
    if row is None:
        raise NotFound(f"There is no version {number} of the question.")
    return Version(row.number, row.name, read_reasons(row.reasons), _lines(session, number))


def read_reasons(kept: str) -> tuple[Reason, ...]:
    """Codes as they are kept; one that only another release knows is not asked."""
    known = {str(reason) for reason in Reason}
    return tuple(Reason(code) for code in kept.split(",") if code in known)


def difference(before: Version, after: Version) -> Difference:
    """What changed from one version to another. Pure."""
    return Difference(
        changes=tuple(_changes(before, after)),
        switched_on=tuple(code for code in after.reasons if code not in before.reasons),
        switched_off=tuple(code for code in before.reasons if code not in after.reasons),
        is_reordered=_shared(before.reasons, after.reasons) != _shared(after.reasons, before.reasons),
    )


def _changes(before: Version, after: Version) -> list[Change]:
    languages = sorted({*before.lines, *after.lines})
    pairs = ((language, line, before.own(language), after.own(language)) for language in languages for line in LINES)
    return [
        Change(language, line, old.get(line, ""), new.get(line, ""))
        for language, line, old, new in pairs
        if old.get(line) != new.get(line)
    ]


def _shared(ordered: Sequence[Reason], other: Sequence[Reason]) -> list[Reason]:
    return [code for code in ordered if code in other]


def _lines(session: Session, number: int) -> Mapping[str, Mapping[str, str]]:
    lines: dict[str, dict[str, str]] = defaultdict(dict)
    for row in session.scalars(select(WordingLine).where(WordingLine.number == number)):
        if row.line in LINES:
            lines[row.language][row.line] = row.words
    return lines
