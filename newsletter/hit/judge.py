"""Whether a person or a program stood behind a hit: `judge(hit, neighbours)`, a pure function.

Each sign adds its points (`signs.SIGNS`). What is seen later around a hit can only add signs of a machine, or take away
that one answer was chosen, so a hit that is judged anew never becomes more human.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.hit import signs
from newsletter.hit.signs import BY_A_PERSON, SIGNS, Sign

ONE_CLICK = "one-click"
"""What a mail program presses for its reader (RFC 8058)."""

TRAP = "trap"
_SAYS = frozenset({"why", "unit", "done", "running", "check-in", "pulse"})
_NO_CHOICE = frozenset({"done"})
"""The pages with one answer: who presses all buttons there presses what a person presses."""

_ALL_PRESSED = frozenset({Sign.MANY_ANSWERS, Sign.EVERY_BUTTON, Sign.MANY_LINKS, Sign.TRAP})
_LINKED = frozenset({"leave", "answer", "done", "running", "check-in", "preferences", "view", TRAP})
"""The pages that links of a mail lead to; from there readers go on as fast as they like."""


class Verdict(StrEnum):
    """Who it was."""

    HUMAN = "human"
    MACHINE = "machine"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Seen:
    """A hit as the judgement needs it; the fields are those of `hit.Hit`."""

    at: datetime
    method: str
    kind: str
    pressed: str = ""
    typed: int = 0
    shown: float | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict and the signs it rests on, weightiest first."""

    verdict: Verdict
    why: tuple[Sign, ...]

    @property
    def is_believed(self) -> bool:
        """Whether what was said by this hit counts: somebody lingered or wrote, or more speaks for a person."""
        if self.verdict is Verdict.MACHINE:
            return False
        return not BY_A_PERSON.isdisjoint(self.why) or sum(SIGNS[sign].points for sign in self.why) < 0


def judge(hit: Seen, neighbours: Sequence[Seen], *, in_crowd: bool = False) -> Judged:
    """Judge a hit. `neighbours` are the other hits of the same person by the same mail, in any order.

    `in_crowd` tells that most of the person's domain came at the same time.
    """
    found = {*_of_itself(hit), *_around(hit, neighbours)}
    if in_crowd:
        found.add(Sign.CROWD)
    if says_something(hit) and hit.kind not in _NO_CHOICE and not found & _ALL_PRESSED:
        found.add(Sign.CHOSE)
    why = tuple(sorted(found, key=lambda sign: (-abs(SIGNS[sign].points), sign)))
    return Judged(verdict_of(why), why)


def verdict_of(why: Iterable[Sign]) -> Verdict:
    """What signs add up to."""
    total = sum(SIGNS[sign].points for sign in why)
    if total >= signs.MACHINE_FROM:
        return Verdict.MACHINE
    return Verdict.HUMAN if total <= signs.HUMAN_UNTIL else Verdict.UNSURE


def _of_itself(hit: Seen) -> Iterator[Sign]:
    if hit.method == "HEAD":
        yield Sign.HEAD
    if hit.since is not None and hit.since < signs.SOON:
        yield Sign.AT_ONCE if hit.since < signs.AT_ONCE else Sign.SOON
    if hit.since is not None and hit.since >= signs.LATER:
        yield Sign.LATER
    if hit.typed:
        yield Sign.WROTE
    if hit.method == "POST" and hit.pressed != ONE_CLICK:
        yield from _of_page(hit)


def _of_page(hit: Seen) -> Iterator[Sign]:
    """Whether the page was shown before its button was pressed, and for how long."""
    if hit.shown is None:
        yield Sign.NO_PAGE
    elif hit.shown < signs.BLINK:
        yield Sign.BLINK
    elif hit.shown >= signs.READ:
        yield Sign.READ


def _around(hit: Seen, neighbours: Sequence[Seen]) -> Iterator[Sign]:
    if any(other.kind == TRAP for other in _near(hit, neighbours, signs.TRAP_HOLDS)):
        yield Sign.TRAP
    breath = _near(hit, neighbours, signs.BREATH)
    links = len({_link(other) for other in breath if other.method != "POST" and other.kind in _LINKED})
    if links > 1:
        yield Sign.MANY_LINKS if links >= signs.MANY_LINKS else Sign.SECOND_LINK
    buttons = len({(other.kind, other.pressed) for other in breath if other.method == "POST"})
    if buttons >= signs.SEVERAL_BUTTONS:
        yield Sign.EVERY_BUTTON if buttons >= signs.EVERY_BUTTON else Sign.SEVERAL_BUTTONS
    if len(_answers_like(hit, neighbours)) >= signs.MANY_ANSWERS:
        yield Sign.MANY_ANSWERS


def _near(hit: Seen, neighbours: Sequence[Seen], reach: timedelta) -> list[Seen]:
    return [hit, *(other for other in neighbours if abs(other.at - hit.at) <= reach)]


def _link(hit: Seen) -> tuple[str, str]:
    return hit.kind, hit.pressed


def says_something(hit: Seen) -> bool:
    """Whether the hit is an answer, and not a look or the wish to leave, which is obeyed whoever pressed."""
    return hit.method == "POST" and hit.kind in _SAYS and bool(hit.pressed)


def _answers_like(hit: Seen, neighbours: Sequence[Seen]) -> set[str]:
    """The different answers that were given to the question of this hit."""
    if not says_something(hit):
        return set()
    question = _question(hit)
    return {
        other.pressed
        for other in _near(hit, neighbours, signs.ANSWERING)
        if says_something(other) and _question(other) == question
    }


def _question(hit: Seen) -> tuple[str, ...]:
    """What was answered: the page, the fields, and the machine that was spoken of."""
    fields = (field.partition("=") for field in hit.pressed.split("&"))
    return (hit.kind, *(f"{name}={value}" if name == "unit" else name for name, _, value in fields))
