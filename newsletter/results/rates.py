"""The rates of a run, and what is usual. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from newsletter.ledger.states import State
from newsletter.question.rates import Tally
from newsletter.results.figures import Figures
from newsletter.signal.rules import USED

FEWEST = 3
"""So many former bulletins are needed before anything is called usual."""

_CAME_BACK = (State.REFUSED, State.BOUNCED, State.EXPIRED)


class Measure(StrEnum):
    """What is measured of a run, each as a share."""

    ACCEPTED = "accepted"
    BOUNCED = "bounced"
    HUMAN = "human"
    MACHINE = "machine"
    LEFT = "left"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Usual:
    """What former bulletins had: the middle, the lowest and the highest of so many `bulletins`."""

    middle: float
    lowest: float
    highest: float
    bulletins: int


def rates(copies: Mapping[State, int], figures: Figures | None) -> dict[Measure, Tally]:
    """The rates of a run; those of clicks and opt-outs are missing where they were not counted so far."""
    targeted, accepted = sum(copies.values()), copies.get(State.ACCEPTED, 0)
    arrived = accepted + copies.get(State.BOUNCED, 0)  # somebody may click before their mail comes back
    came_back = sum(copies.get(state, 0) for state in _CAME_BACK)
    found = {Measure.ACCEPTED: Tally(targeted, accepted), Measure.BOUNCED: Tally(targeted, came_back)}
    if figures is None:
        return found
    taught, clicks = figures.taught, figures.clicks
    said_why = sum(count for reason, count in taught.reasons.items() if reason)
    return found | {
        Measure.HUMAN: _of(arrived, clicks.human),
        Measure.MACHINE: _of(arrived, clicks.machine),
        Measure.LEFT: _of(arrived, taught.left),
        Measure.ANSWERED: Tally(taught.left, said_why),
    }


def usual(former: Sequence[float]) -> Usual | None:
    """What is usual; None where there are too few to say."""
    if len(former) < FEWEST:
        return None
    return Usual(median(former), min(former), max(former), len(former))


def confirmed(figures: Figures | None) -> int | None:
    """How many machines were said to be used, back-up included; None where nobody counted."""
    return sum(figures.taught.machines.get(state, 0) for state in USED) if figures else None


def _of(arrived: int, count: int) -> Tally:
    # A copy in doubt may have arrived, and its reader may click.
    return Tally(max(arrived, count), count)
