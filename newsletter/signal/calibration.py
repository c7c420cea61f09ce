"""How many of the silent who later answered were still using, and what we had said before.

Shares come with the interval of Wilson (1927), which stays honest for few answers and for shares near 0 and 1 (Brown,
Cai and DasGupta 2001). Only machines that were asked and answered for by name are counted, each as it stood just before
the answer; who never answers may be unlike who does, and no figure here can tell.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.signal.belief import Belief
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import RULES, Observed, Rules, State, said, step

FEWEST = 20
"""Below so many answers there is no share, only their number."""
ANSWERS = frozenset({Kind.CHECK_IN_ANSWER, Kind.HEARTBEAT, Kind.OPT_OUT_ANSWER})
SILENT = (1.0, 2.0, 4.0)
OLD = (5.0, 10.0, 20.0)
_YEAR = 365.25
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: what we would have said before it, and what it said. Years; None where they are not known."""

    model: str
    age: float | None
    silent: float | None
    predicted: float
    used: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How many of so many; with the 95 % interval of the share, where there are enough to speak of one."""

    used: int
    answers: int

    @property
    def is_enough(self) -> bool:
        """Whether there are enough answers to speak of a share."""
        return self.answers >= FEWEST

    @property
    def interval(self) -> tuple[float, float]:
        """Between which shares the truth lies in 95 of 100 cases."""
        return wilson(self.used, self.answers)


@dataclass(frozen=True, slots=True)
class Reliability:
    """One tenth of the predictions: their mean, and what came of it."""

    predicted: float
    observed: Share


def answers(
    evidence: Iterable[Observed],
    now: datetime,
    rules: Rules = RULES,
    *,
    model: str = "",
    installed: datetime | None = None,
) -> list[Answered]:
    """Every answer about one machine up to `now`, with the probability just before it."""
    told = sorted((e for e in evidence if e.observed_at <= now and e.among == 1), key=lambda e: (e.observed_at, e.id))
    born = installed.timestamp() / _DAY if installed else None
    belief, heard, found = Belief(rules.rates, born), born, list[Answered]()
    for e in told:
        kind, at = rules.kinds[e.kind], e.observed_at.timestamp() / _DAY
        says = said(e, kind)
        if kind.weight < 1 or says is None:
            continue
        belief.wait(at)
        used = says != State.NOT_IN_USE
        if e.kind in ANSWERS:
            found.append(Answered(model, _years(born, at), _years(heard, at), belief.p, used))
        if e.kind == Kind.INSTALLATION and used:
            born = at
            belief.put_up(at)
        belief.see(step(e, kind, at, rules.rates, is_used=used))
        heard = at if used else heard
    return found


def silent_by_age(found: Iterable[Answered]) -> dict[tuple[str, str, str], Share]:
    """By model, age and silence: of those that answered, how many were used. "" is every model."""
    counted: defaultdict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for one in found:
        place = _band(one.age, OLD), _band(one.silent, SILENT)
        for model in {one.model, ""}:
            counted[model, *place].append(one.used)
    return {place: Share(sum(used), len(used)) for place, used in sorted(counted.items())}


def reliability(found: Sequence[Answered]) -> list[Reliability]:
    """Predicted against observed, by tenths of the probability."""
    bins: defaultdict[int, list[Answered]] = defaultdict(list)
    for one in found:
        bins[min(9, int(one.predicted * 10))].append(one)
    return [
        Reliability(sum(a.predicted for a in bin_) / len(bin_), Share(sum(a.used for a in bin_), len(bin_)))
        for _, bin_ in sorted(bins.items())
    ]


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share; from 0 to 1 where nothing was counted."""
    if not of:
        return 0.0, 1.0
    z = 1.959964
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _years(since: float | None, at: float) -> float | None:
    return None if since is None else max(0.0, at - since) / _YEAR


def _band(years: float | None, edges: Sequence[float]) -> str:
    """The band of an age or a silence in words: "2 to 4 years"."""
    if years is None:
        return "not known"
    over = [edge for edge in edges if years >= edge]
    if not over:
        return f"under {edges[0]:g}"
    return f"{over[-1]:g} and more" if len(over) == len(edges) else f"{over[-1]:g} to {edges[len(over)]:g}"
