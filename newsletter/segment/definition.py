"""Whom a segment holds: a tree of conditions. Pure.

A condition is about a person, an account or one machine. `Group` and `Not` speak of one machine at one account of one
person at a time, so "of model VX-500" and "without an agreement" mean the same machine. What stands in `without` takes
people out altogether, whatever else they have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class About(StrEnum):
    """What a condition is about."""

    TOPIC = "topic"
    MODEL = "model"
    SERIALS = "serials"
    FIRMWARE = "firmware"
    COUNTRY = "country"
    LANGUAGE = "language"
    AGREEMENT = "agreement"
    VERDICT = "verdict"
    SIGN = "sign"  # the last sign of life
    REASON = "reason"
    BULLETIN = "bulletin"
    LIST = "list"


class How(StrEnum):
    """How a condition is meant where its values do not say it."""

    PLAIN = ""
    RUNNING = "running"
    NONE = "none"
    ENDS = "ends"  # within so many months
    OLDER = "older"  # than so many months, or never
    YOUNGER = "younger"
    RECEIVED = "received"
    CLICKED = "clicked"  # by a human
    BELOW = "below"  # older than a version
    FROM = "from"  # a version or a newer one


class Join(StrEnum):
    """What a group wants of its parts."""

    ALL = "all"
    ANY = "any"


OF_PERSON = frozenset({About.TOPIC, About.LANGUAGE, About.REASON, About.BULLETIN})
"""What is about a person; a country is about an account, a list about accounts or machines, the rest about machines."""

HOWS: dict[About, tuple[How, ...]] = {
    About.FIRMWARE: (How.PLAIN, How.BELOW, How.FROM),
    About.AGREEMENT: (How.RUNNING, How.NONE, How.ENDS),
    About.SIGN: (How.OLDER, How.YOUNGER),
    About.BULLETIN: (How.RECEIVED, How.CLICKED),
}
"""What a condition can be meant as; of those that are not named there is one way."""

NO_VALUES = frozenset({About.AGREEMENT, About.SIGN})
TO_A_VERSION = frozenset({How.BELOW, How.FROM})
"""What is compared with one version, which no machine need have."""
IN_MONTHS = frozenset({How.ENDS, How.OLDER, How.YOUNGER})


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: any of the `values`, as codes. `months` is 0 where none are counted."""

    about: About
    values: tuple[str, ...] = ()
    how: How = How.PLAIN
    months: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """All of its parts, or any of them; one part or more."""

    join: Join
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Whatever its part does not hold."""

    part: "Node"


Node = Condition | Group | Not


@dataclass(frozen=True, slots=True)
class Definition:
    """`who` is chosen, but nobody whom one of `without` chooses."""

    who: Node
    without: tuple[Node, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        """Every condition in it."""
        for node in (self.who, *self.without):
            yield from conditions_in(node)


def conditions_in(node: Node) -> Iterator[Condition]:
    """Every condition of a tree."""
    match node:
        case Condition():
            yield node
        case Not(part):
            yield from conditions_in(part)
        case Group(_, parts):
            for part in parts:
                yield from conditions_in(part)
