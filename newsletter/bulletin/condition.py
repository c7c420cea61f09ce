"""For whom a part of a text is: `model VX-500, VX-500i`, `serial A1-A9`, `country DE, AT`, `language pt-BR`. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from newsletter.account.serial import read_ranges, split_serial
from newsletter.bulletin.front_matter import Field
from newsletter.bulletin.values import Machine
from newsletter.errors import BadBulletin, Refused

MOST_VALUES = 100
_NOT = "not"
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_USUAL_MISTAKES = {"UK": "GB", "EL": "GR"}


class Kind(StrEnum):
    """What a condition looks at."""

    MODEL = "model"
    SERIAL = "serial"
    COUNTRY = "country"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. It is true of whoever has one of the `values`; turned round (`is_not`), of nobody else."""

    kind: Kind
    values: tuple[str, ...]
    is_not: bool = False

    def among(self, machines: tuple[Machine, ...], language: str) -> tuple[Machine, ...]:
        """Which of a reader's machines a part is about, nothing where it is not for them.

        What stands under `if` and what stands under `if not` at the same place are for everybody together, and for
        nobody both. `language` is the reader's, a BCP 47 tag in small letters.
        """
        if self.kind is Kind.LANGUAGE:
            is_theirs = any(language == wish or language.startswith(f"{wish}-") for wish in map(str.lower, self.values))
            return machines if is_theirs is not self.is_not else ()
        held = tuple(machine for machine in machines if self._holds(machine))
        return held if not self.is_not else () if held else machines

    def turned(self) -> "Condition":
        """The same for everybody else."""
        return replace(self, is_not=not self.is_not)

    def _holds(self, machine: Machine) -> bool:
        if self.kind is Kind.SERIAL:
            prefix, number = split_serial(machine.serial)
            return number is not None and any(a <= number <= b for a, b in _ends(self.values).get(prefix, ()))
        return (machine.model if self.kind is Kind.MODEL else machine.country) in self.values


def read_condition(written: Field) -> Condition:
    """The condition in what follows `:::if`. Raises BadBulletin with line and column."""
    first, rest = _word(written)
    is_not = first.value.lower() == _NOT
    kind, rest = _word(rest) if is_not else (first, rest)
    kinds = ", ".join(Kind)
    if not kind.value:
        raise kind.refusal("This does not say for whom.", f"Write {kinds}, and which ones: :::if model VX-500.")
    if kind.value.lower() not in tuple(Kind):
        raise kind.refusal("{} is nothing that a part can depend on.", f"Write {kinds}, or not and one of them.")
    known = Kind(kind.value.lower())
    parts = tuple(rest.parts())
    if len(parts) > MOST_VALUES:
        raise parts[MOST_VALUES].refusal(f"This names more than {MOST_VALUES}.", "Send it to a segment instead.")
    values = dict.fromkeys(_READ[known](part) for part in parts)
    if not values:
        raise rest.refusal(f"This names no {known}.", f"Write which: :::if {known} {_EXAMPLES[known]}.")
    return Condition(known, tuple(values), is_not)


@lru_cache(maxsize=256)
def _ends(values: tuple[str, ...]) -> dict[str, list[tuple[int, int]]]:
    """First and last number of each range, by prefix: a letter asks it of each machine."""
    found: dict[str, list[tuple[int, int]]] = {}
    for serials in read_ranges(", ".join(values)):
        found.setdefault(serials.prefix, []).append((serials.first, serials.last))
    return found


def _word(field: Field) -> tuple[Field, Field]:
    """The first word of a field, and what follows it."""
    word = "".join(field.value.split(maxsplit=1)[:1])
    after = field.value[len(word) :]
    rest = after.lstrip()
    column = field.column + len(word) + len(after) - len(rest)
    return Field(word, field.line, field.column), Field(rest, field.line, column)


def _model(part: Field) -> str:
    return part.value


def _serial(part: Field) -> str:
    try:
        return ", ".join(map(str, read_ranges(part.value)))
    except Refused as error:
        raise BadBulletin(error.message, line=part.line, column=part.column, hint=error.hint) from error


def _country(part: Field) -> str:
    code = part.value.upper()
    if not _COUNTRY.fullmatch(code) or code in _USUAL_MISTAKES:
        example = _USUAL_MISTAKES.get(code, "DE")
        raise part.refusal("{} is no country code.", f"Write the two letters of ISO 3166, such as {example}.")
    return code


def _language(part: Field) -> str:
    if not _LANGUAGE.fullmatch(part.value):
        raise part.refusal("{} is no language.", "Write a language tag such as en, de or pt-BR.")
    return part.value


_READ: dict[Kind, Callable[[Field], str]] = {
    Kind.MODEL: _model,
    Kind.SERIAL: _serial,
    Kind.COUNTRY: _country,
    Kind.LANGUAGE: _language,
}
_EXAMPLES = {
    Kind.MODEL: "VX-500, VX-500i",
    Kind.SERIAL: "A100000-A104000",
    Kind.COUNTRY: "DE, AT",
    Kind.LANGUAGE: "pt-BR",
}
