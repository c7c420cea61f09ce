"""A definition as JSON, and reading one strictly: what is guessed at would change who gets a mail. Pure."""

import json
import re
from collections.abc import Mapping, Sequence

from newsletter.account.firmware import order_of
from newsletter.account.serial import read_ranges
from newsletter.errors import Refused
from newsletter.question.reasons import Fate, Reason
from newsletter.segment.definition import (
    HOWS,
    IN_MONTHS,
    NO_VALUES,
    TO_A_VERSION,
    About,
    Condition,
    Definition,
    Group,
    How,
    Join,
    Node,
    Not,
)
from newsletter.signal.rules import State

DEEPEST = 6
MOST_CONDITIONS = 40
MOST_VALUES = 200
LONGEST_VALUE = 200
LONGEST = 200_000
"""Characters of a definition as JSON."""
MOST_MONTHS = 240

_CODES: Mapping[About, frozenset[str]] = {
    About.VERDICT: frozenset(State),
    About.REASON: frozenset({*Reason, *Fate}),
}
_SPELLED = {About.COUNTRY: re.compile(r"[A-Z]{2}"), About.LANGUAGE: re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")}
_NODES = {"all", "any", "not", "about"}


def as_json(definition: Definition) -> str:
    """The definition as it is kept."""
    written = {"who": _written(definition.who), "without": [_written(node) for node in definition.without]}
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"))


def read_definition(text: str) -> Definition:
    """The definition in a text. Raises Refused with a sentence that says what is wrong with it."""
    if len(text) > LONGEST:
        raise Refused("The segment is too long.", hint=f"At most {LONGEST:,} characters.")
    try:
        written = _JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise Refused("The segment cannot be read: it is no JSON.") from error
    if not isinstance(written, dict) or not {"who"} <= written.keys() <= {"who", "without"}:
        raise Refused("The segment does not say whom it holds.")
    without = written.get("without", [])
    if not isinstance(without, list):
        raise Refused("What a segment leaves out must be a list.")
    return checked(Definition(_node(written["who"], 1), tuple(_node(node, 1) for node in without)))


def checked(definition: Definition) -> Definition:
    """The same definition. Raises Refused for conditions that make no sense, and for too many of them."""
    for node in (definition.who, *definition.without):
        _measured(node, 1)
    found = list(definition.conditions())
    if len(found) > MOST_CONDITIONS:
        raise Refused(f"The segment has {len(found)} conditions.", hint=f"At most {MOST_CONDITIONS} can be combined.")
    for condition in found:
        _check(condition)
    return definition


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    once = dict(pairs)
    if len(once) != len(pairs):
        raise ValueError
    return once


_JSON = json.JSONDecoder(object_pairs_hook=_once)


def _written(node: Node) -> dict[str, object]:
    match node:
        case Not(part):
            return {"not": _written(part)}
        case Group(join, parts):
            return {join.value: [_written(part) for part in parts]}
        case Condition(about, values, how, months):
            told = {"values": list(values), "how": how.value, "months": months}
            return {"about": about.value, **{name: value for name, value in told.items() if value}}


def _node(written: object, depth: int) -> Node:
    if depth > DEEPEST:
        raise Refused("The conditions stand too deep in one another.", hint=f"At most {DEEPEST} levels.")
    if not isinstance(written, dict) or len(_NODES & written.keys()) != 1:
        raise Refused("A condition of the segment cannot be read.")
    if "about" in written:
        return _condition(written)
    if len(written) != 1:
        raise Refused("A condition of the segment cannot be read.")
    ((name, inside),) = written.items()
    if name == "not":
        return Not(_node(inside, depth + 1))
    if not isinstance(inside, list):
        raise Refused("A group of conditions must be a list.")
    return Group(Join(name), tuple(_node(part, depth + 1) for part in inside))


def _condition(written: Mapping[str, object]) -> Condition:
    if not written.keys() <= {"about", "values", "how", "months"}:
        raise Refused("A condition of the segment cannot be read.")
    about, how, months = written["about"], written.get("how", ""), written.get("months", 0)
    values = written.get("values", [])
    if about not in set(About):
        raise Refused(f"There is no condition {str(about)[:40]!r}.")
    if how not in set(How) or type(months) is not int:
        raise Refused(f"The condition {about} cannot be read.")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused(f"What the condition {about} names is no list of words.")
    return Condition(About(str(about)), tuple(values), How(str(how)), months)


def _measured(node: Node, depth: int) -> None:
    if depth > DEEPEST:
        raise Refused("The conditions stand too deep in one another.", hint=f"At most {DEEPEST} levels.")
    match node:
        case Not(part):
            _measured(part, depth + 1)
        case Group(_, parts):
            if not parts:
                raise Refused("A group has no condition.", hint="Add one, or remove the group.")
            for part in parts:
                _measured(part, depth + 1)
        case Condition():
            pass


def _check(condition: Condition) -> None:
    name = condition.about.value
    if condition.how not in HOWS.get(condition.about, (How.PLAIN,)):
        raise Refused(f"The condition “{name}” does not say how it is meant.", hint="Choose one of the ways.")
    counts = condition.how in IN_MONTHS
    if counts != (condition.months != 0) or not 0 <= condition.months <= MOST_MONTHS:
        raise Refused(f"How many months does “{name}” mean?", hint=f"A number from 1 to {MOST_MONTHS}.")
    if condition.about in NO_VALUES:
        if condition.values:
            raise Refused(f"The condition “{name}” names something it does not ask for.")
        return
    if not condition.values:
        raise Refused(f"The condition “{name}” names nothing.", hint="Choose something, or remove the condition.")
    if len(condition.values) > MOST_VALUES:
        raise Refused(f"The condition “{name}” names too much.", hint=f"At most {MOST_VALUES}; for more upload a list.")
    for value in condition.values:
        _check_value(condition.about, value)
    if condition.how in TO_A_VERSION:
        _check_limit(condition)


def _check_value(about: About, value: str) -> None:
    if not 1 <= len(value) <= LONGEST_VALUE or not value.isprintable() or value != value.strip():
        raise Refused(f"{value[:40]!r} is nothing the condition “{about.value}” can name.")
    codes, spelled = _CODES.get(about), _SPELLED.get(about)
    if (codes is not None and value not in codes) or (spelled is not None and not spelled.fullmatch(value)):
        raise Refused(f"{value[:40]!r} is no {about.value} that we know.")
    if about is About.SERIALS and len(read_ranges(value)) != 1:
        raise Refused(f"{value[:40]!r} is no serial range.", hint="Write A100000-A104000, or one serial number.")


def _check_limit(condition: Condition) -> None:
    limit, *others = condition.values
    if others:
        raise Refused(f"The condition “{condition.about.value}” compares with several versions.", hint="Write one.")
    if not order_of(limit):
        raise Refused(f"{limit[:40]!r} is no firmware version to compare with.", hint="Write one such as 4.10.")
