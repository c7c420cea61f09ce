"""The parameters of the judgement as a JSON document: written out, changed by hand, tried, switched on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace

from newsletter.errors import BadFile
from newsletter.signal.kinds import KINDS, Kind, Weight
from newsletter.signal.rates import RATES, Rates
from newsletter.signal.rules import RULES, Rules

_BOUNDS: Mapping[str, tuple[float, float]] = {
    "ends": (0.0005, 5),
    "ageing": (0, 4),
    "unheard": (0.01, 0.97),
    "silence": (0, 20),
    "patience": (0, 20),
    "mistaken": (0.001, 0.4),
    "weight": (0, 6),
    "half_life_days": (1, 36_525),
}
_OF_KIND = ("weight", "half_life_days")
_LONGEST = 100_000


def as_json(rules: Rules) -> str:
    """The parameters in full."""
    kinds = {kind: {name: getattr(weight, name) for name in _OF_KIND} for kind, weight in rules.kinds.items()}
    return json.dumps({"rates": asdict(rules.rates), "kinds": kinds}, indent=2)


def read_parameters(text: str) -> Rules:
    """Rules from a document; what it does not name stays as it is assumed. Raises BadFile, naming what is wrong."""
    try:
        written = json.loads(text[:_LONGEST])
    except (ValueError, RecursionError) as error:
        raise BadFile(
            "The parameters are not JSON.", hint="`newsletter signal parameters` prints those in force."
        ) from error
    parts = _table("the document", written, ("rates", "kinds"))
    rates = _numbers("rates", parts.get("rates", {}), tuple(field.name for field in fields(Rates)))
    kinds = _table("kinds", parts.get("kinds", {}), tuple(Kind))
    changed = {Kind(name): _changed(Kind(name), given) for name, given in kinds.items()}
    return Rules({**RULES.kinds, **changed}, replace(RATES, **rates))


def _changed(kind: Kind, given: object) -> Weight:
    former = KINDS[kind]
    numbers = _numbers(kind, given, _OF_KIND)
    weight = numbers.get("weight", former.weight)
    if weight and not former.weight:
        raise BadFile(f"{kind} says nothing about a machine: {former.reason}", hint="Leave its weight at 0.")
    return replace(former, weight=weight, half_life_days=numbers.get("half_life_days", former.half_life_days))


def _table(place: str, value: object, names: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadFile(f"In the parameters, {place} is no object.")
    unknown = sorted(set(value) - set(names))
    if unknown:
        raise BadFile(f"In the parameters, {place} has no {unknown[0]!r}.", hint=f"It has {', '.join(names)}.")
    return value


def _numbers(place: str, value: object, names: tuple[str, ...]) -> dict[str, float]:
    numbers = {}
    for name, number in _table(place, value, names).items():
        low, high = _BOUNDS[name]
        if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
            raise BadFile(f"In the parameters, {name} of {place} is no number from {low:g} to {high:g}.")
        numbers[name] = float(number)
    return numbers
