"""How many of the silent who later answered were still using, and what we had said before.

Shares come with the interval of Wilson (1927), which stays honest for few answers and for shares near 0 and 1 (Brown,
Cai and DasGupta 2001). Only machines that were asked and answered for by name are counted, each as it stood just before
the answer; who never answers may be unlike who does, and no figure here can tell.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


Place = tuple[str, str, str]
"""Model, age and silence; the model "" is every model."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of those who answered: by model, age and silence how many still used theirs, and what we had said, by tenths."""

    answers: int
    silent: Mapping[Place, Share]
    tenths: Mapping[int, Reliability]


def answers(evidence: Iterable[Observed], now: datetime, rules: Rules = RULES, *, model: str = "") -> list[Answered]:
    """Every answer about one machine up to `now`, with the probability just before it."""
    told = sorted((e for e in evidence if e.observed_at <= now and e.among == 1), key=lambda e: (e.observed_at, e.id))
    born: float | None = None
    heard: float | None = None
    belief, found = Belief(rules.rates, born), list[Answered]()
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


def calibrated(found: Iterable[Answered]) -> Calibration:
    """What came of what we had said; the answers are looked at one by one, and may be any number."""
    silent, tenths = defaultdict[Place, list[int]](lambda: [0, 0]), defaultdict[int, list[float]](lambda: [0.0, 0, 0])
    for one in found:
        age, silence = _band(one.age, OLD), _band(one.silent, SILENT)
        for model in {one.model, ""}:
            _count(silent[model, age, silence], one.used, 1)
        _count(tenths[min(9, int(one.predicted * 10))], one.predicted, one.used, 1)
    shares = {place: Share(*counted) for place, counted in sorted(silent.items())}
    return Calibration(
        answers=int(sum(answers for *_, answers in tenths.values())),
        silent=shares,
        tenths={
            tenth: Reliability(predicted / answers, Share(int(used), int(answers)))
            for tenth, (predicted, used, answers) in sorted(tenths.items())
        },
    )


def _count(counted: list[Any], *more: float) -> None:
    counted[:] = [former + further for former, further in zip(counted, more, strict=True)]


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


def bands(edges: Sequence[float]) -> tuple[str, ...]:
    """All bands between these edges, shortest first, and last the one of what is not known."""
    return (*(_band(years, edges) for years in (0.0, *edges)), _band(None, edges))


def _band(years: float | None, edges: Sequence[float]) -> str:
    """The band of an age or a silence in words: "2 to 4 years"."""
    if years is None:
        return "not known"
    over = [edge for edge in edges if years >= edge]
    if not over:
        return f"under {edges[0]:g}"
    return f"{over[-1]:g} and more" if len(over) == len(edges) else f"{over[-1]:g} to {edges[len(over)]:g}"
