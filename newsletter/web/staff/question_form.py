"""A version of the question as a form: the lines of one language, and which reasons are asked in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from newsletter.errors import BadWording
from newsletter.question.reasons import Question, Reason
from newsletter.question.staff_words import longest
from newsletter.question.versions import Version, in_catalogue
from newsletter.question.wording import LINES, line_of
from newsletter.question.write import Draft


@dataclass(frozen=True, slots=True)
class Field:
    """One line to write: `ours` is what readers get where it is left empty."""

    line: str
    english: str
    ours: str
    typed: str
    longest: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One reason: its field, its place in the list, and whether it is asked."""

    code: Reason
    field: Field
    place: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, right or wrong."""

    name: str
    language: str
    lines: Mapping[str, str]
    places: Mapping[Reason, str]
    on: frozenset[Reason]
    seen: str

    @classmethod
    def filled(cls, version: Version, language: str, *, name: str, seen: str) -> Self:
        """The form as it stands for a version. What is switched off comes last."""
        places = {code: str(place) for code, place in _places(version).items()}
        return cls(name, language, version.own(language), places, frozenset(version.reasons), seen)

    @classmethod
    def of(cls, form: Mapping[str, str], on: list[str]) -> Self:
        """What was sent."""
        return cls(
            name=form.get("name", ""),
            language=form.get("language", ""),
            lines={line: form.get(f"words.{line}", "") for line in LINES},
            places={code: form.get(f"place.{code}", "").strip() for code in Reason},
            on=frozenset(code for code in Reason if code in on),
            seen=form.get("seen", ""),
        )

    def draft(self, base: Version) -> Draft:
        """What is meant. Raises BadWording for a place that is no number.

        Who moves a reason to a place that is taken wants it there: the other gives way.
        """
        former = _places(base)
        ordered = sorted(self.on, key=lambda code: (self._place(code) + _push(former[code], self._place(code)), code))
        return Draft(self.name, ordered, self.language, self.lines)

    def choices(self) -> list[Choice]:
        """The reasons, in the order in which they stand."""
        found = [
            Choice(code, self._field(line_of(Question.WHY, code)), self.places[code], code in self.on)
            for code in Reason
        ]
        return sorted(found, key=lambda choice: (not choice.is_on, _number(choice.place)))

    def fields(self, *lines: str) -> list[Field]:
        """The fields of these lines."""
        return [self._field(line) for line in lines]

    def _field(self, line: str) -> Field:
        return Field(line, LINES[line], in_catalogue(self.language)[line], self.lines.get(line, ""), longest(line))

    def _place(self, code: Reason) -> int:
        if _number(self.places[code]) < 0:
            raise BadWording("Its place is a whole number, such as 3.", line=line_of(Question.WHY, code))
        return _number(self.places[code])


def _places(version: Version) -> dict[Reason, int]:
    ordered = (*version.reasons, *(code for code in Reason if code not in version.reasons))
    return {code: place for place, code in enumerate(ordered, start=1)}


def _push(former: int, place: int) -> float:
    return (place > former) / 2 - (place < former) / 2


def _number(place: str) -> int:
    return int(place) if place.isascii() and place.isdigit() and len(place) < 4 else -1
