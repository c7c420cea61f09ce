"""What the answers at hand teach about the rates: machines end sooner in one trade than in another.

Each answer about a machine by name is first guessed from all that was known before it; the rates chosen are those under
which the answers we got surprise us least (maximum likelihood of current-status observations, with a prior that keeps
few answers from meaning much). How often answers are wrong is counted where a later sign of use proved the machine was
in use when they were given. Nothing here looks at a verdict or at what we would like to be true.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Final

from newsletter.signal.belief import Belief, Step
from newsletter.signal.kinds import Kind
from newsletter.signal.rates import RATES, Rates
from newsletter.signal.rules import RULES, Observed, Rules, State, said, step

FEWEST = 50
"""With fewer answers nothing is learned, and the rates stay what they are assumed to be."""

_ASKED: Final = {Kind.CHECK_IN_ANSWER: 1.0, Kind.HEARTBEAT: 1.0, Kind.OPT_OUT_ANSWER: 0.3}
# Who was asked answers for a machine in use as for one that is gone. Who leaves is more often one whose machine is
# gone, so such an answer counts for less.
# A note or a reply comes when there is something to tell.
_PROOF: Final = frozenset({Kind.PARTS_ORDER, Kind.SERVICE_CALL, Kind.TELEMETRY, Kind.ACKNOWLEDGEMENT})
_GRID: Final[tuple[Mapping[str, tuple[float, ...]], ...]] = (
    {
        "ends": (0.005, 0.01, 0.02, 0.03, 0.045, 0.065, 0.09, 0.12, 0.16, 0.22, 0.32, 0.5, 0.8),
        "unheard": (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95),
    },
    {"ageing": (0.0, 0.5, 1.0, 2.0, 3.0)},
    {"silence": (0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2), "patience": (0.1, 0.25, 0.5, 1.0)},
)
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Learned:
    """The rates, and on how many answers they rest; 0 where there were too few to learn from."""

    rates: Rates
    answers: int


@dataclass(frozen=True, slots=True)
class _Life:
    """One machine with answers: its steps, oldest first, and beside each what it counts as an answer (0: not one)."""

    installed: float | None
    steps: tuple[tuple[Step, float], ...]


def learned(machines: Iterable[Sequence[Observed]], now: datetime, rules: Rules = RULES) -> Learned:
    """The rates under which the answers up to `now` surprise least. Which machine comes first does not matter."""
    answered = [plain for one in machines if (plain := _plain(one, now, rules))]
    mistaken = _mistaken(answered, rules)
    rates = replace(rules.rates, mistaken=mistaken)
    lives = [_life(plain, replace(rules, rates=rates)) for plain in answered]
    answers = sum(weight > 0 for life in lives for _, weight in life.steps)
    if answers < FEWEST:
        return Learned(rules.rates, 0)
    return Learned(_best(lives, rates), answers)


def _plain(evidence: Sequence[Observed], now: datetime, rules: Rules) -> list[Observed]:
    """What tells of the machine, oldest first; nothing where nobody ever answered for it by name."""
    plain = [
        e
        for e in {e.id: e for e in evidence}.values()
        if e.observed_at <= now and rules.kinds[e.kind].weight >= 1 and said(e, rules.kinds[e.kind]) is not None
    ]
    plain.sort(key=lambda e: (e.observed_at, str(e.says)))
    return plain if any(_ASKED.get(e.kind, 0) and e.among == 1 for e in plain) else []


def _mistaken(machines: Sequence[Sequence[Observed]], rules: Rules) -> float:
    """The share of wrong answers among those given before two later signs of use; a prior of 3 in 75.

    Two, because one part is now and then ordered under the serial number of a machine that is gone.
    """
    wrong, proved = 3, 75
    for evidence in machines:
        proofs = sorted(e.observed_at for e in evidence if e.kind in _PROOF and e.among == 1)
        for e in evidence:
            if len(proofs) > 1 and rules.kinds[e.kind].is_word and e.among == 1 and e.observed_at < proofs[-2]:
                proved += 1
                wrong += e.says == State.NOT_IN_USE
    return min(0.25, max(0.01, round(wrong / proved, 2)))


def _life(plain: Sequence[Observed], rules: Rules) -> _Life:
    installed: float | None = None
    steps: list[tuple[Step, float]] = []
    for e in plain:
        kind, at = rules.kinds[e.kind], e.observed_at.timestamp() / _DAY
        is_used = said(e, kind) != State.NOT_IN_USE
        if e.kind == Kind.INSTALLATION and is_used:
            installed = at
        weight = _ASKED.get(e.kind, 0.0) if e.among == 1 else 0.0
        one = step(e, kind, at, rules.rates, is_used=is_used)
        if steps and not weight and _repeats(steps[-1], one):
            steps.pop()
        steps.append((one, weight))
    return _Life(installed, tuple(steps))


def _repeats(former: tuple[Step, float], one: Step) -> bool:
    """Whether a trace soon follows another: a machine that reports each minute is one sign a month."""
    before, weight = former
    return not weight and 0 < before.push <= one.push and not one.is_word and one.at - before.at < 30


def _best(lives: Sequence[_Life], begin: Rates) -> Rates:
    """The best of a grid, searched a few rates at a time until nothing changes: coarse, so one answer moves little."""
    best, score = begin, _likelihood(lives, begin)
    for _ in range(3):
        before = best
        for names in _GRID:
            for values in product(*names.values()):
                rates = replace(best, **dict(zip(names, values, strict=True)))
                if rates != best and (likelihood := _likelihood(lives, rates)) > score:
                    best, score = rates, likelihood
        if best == before:
            break
    return best


def _likelihood(lives: Sequence[_Life], rates: Rates) -> float:
    return math.fsum(_surprise(life, rates) for life in lives) + _prior(rates)


def _prior(rates: Rates) -> float:
    """In log-odds, how likely the rates are before anybody answered: within a factor of two or three of the usual."""
    ends = math.log(rates.ends / RATES.ends) / 0.8
    unheard = math.log(rates.unheard / (1 - rates.unheard)) / 1.5
    ageing = (rates.ageing - RATES.ageing) / 1.5
    return -(ends**2 + unheard**2 + ageing**2) / 2 - math.log1p(20 * rates.silence) / 2


def _surprise(life: _Life, rates: Rates) -> float:
    """The log-likelihood of a machine's answers, each guessed from what was known before it."""
    belief, total = Belief(rates, life.installed), 0.0
    for one, weight in life.steps:
        belief.wait(one.at)
        if weight:
            says_used = rates.mistaken + belief.p * (1 - 2 * rates.mistaken)
            total += weight * math.log(says_used if one.push > 0 else 1 - says_used)
        belief.see(one)
    return total
