"""What the evidence of one machine adds up to: `weigh(evidence, now)`, a pure function.

`p_used` is how likely the machine is used at all, in use or as back-up; belief.py carries it through time. The verdict
is a cautious statement on it: it takes an observation of this very machine that still stands (its weight has not faded
below STANDING), and a probability that bears it out. So silence is *unknown*, however long, and never *not in use*.
"""

import math
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

from newsletter.signal.belief import Belief, Step, at_once
from newsletter.signal.kinds import KINDS, LASTING, Kind, Weight
from newsletter.signal.rates import RATES, Rates

USED_FROM = 0.75
GONE_UNTIL = 0.25
STANDING = 1.0
_DAY = 86_400


class State(StrEnum):
    """What a machine is to its owner now."""

    IN_USE = "in_use"
    BACKUP = "backup"
    NOT_IN_USE = "not_in_use"
    UNKNOWN = "unknown"


USED = frozenset({State.IN_USE, State.BACKUP})
_RANK = {State.NOT_IN_USE: 0, State.BACKUP: 1, State.IN_USE: 2}  # the later, if told at the same time


@dataclass(frozen=True, slots=True)
class Observed:
    """One piece of evidence as the judgement needs it. `says` None leaves it to the kind what is said.

    `id` tells one piece from another and decides nothing else: it grows with arrival, and arrival is an accident.
    `among` is how many machines it may be about: 1 where the machine was named, or where there is no other.
    """

    id: int
    kind: Kind
    says: State | None
    detail: str
    observed_at: datetime
    among: int = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """The parameters of the judgement."""

    kinds: Mapping[Kind, Weight] = field(default_factory=lambda: KINDS)
    rates: Rates = RATES


RULES = Rules()


@dataclass(frozen=True, slots=True)
class Weighed:
    """A verdict: the state, the probability that the machine is used at all, since when we think so, and why.

    `because` names the evidence that speaks for the state, weightiest first; `against` what speaks otherwise.
    """

    state: State
    p_used: float
    since: datetime | None
    because: tuple[int, ...]
    against: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Voice:
    """One piece of evidence that tells something, with what it says and weighs now."""

    evidence: Observed
    kind: Weight
    says: State
    at: float
    now: float

    @property
    def is_used(self) -> bool:
        return self.says != State.NOT_IN_USE

    @property
    def is_named(self) -> bool:
        return self.evidence.among == 1 and not self.kind.is_faint

    @property
    def is_lasting(self) -> bool:
        return self.says == State.NOT_IN_USE and self.is_named and self.evidence.detail in LASTING

    @property
    def left(self) -> float:
        """What is left of the weight, in log-odds."""
        return self.kind.weight * math.exp2((self.at - self.now) / self.kind.half_life_days)


NOTHING_KNOWN = Weighed(State.UNKNOWN, RATES.unheard, None, (), ())


def weigh(
    evidence: Iterable[Observed], now: datetime, rules: Rules = RULES, *, installed: datetime | None = None
) -> Weighed:
    """The verdict on one machine. Evidence from after `now` is not looked at, so any past day can be asked for.

    `installed` is when the machine was put up, where that is known from its record and is no evidence.
    """
    told = _told(evidence, now, rules)
    p_told, p_used = _carried(told, installed if installed and installed <= now else None, now, rules)
    state = _state(told, p_told, p_used)
    return Weighed(state, p_used, _since(told, state), _ids(told, state, agree=True), _ids(told, state, agree=False))


def _told(evidence: Iterable[Observed], now: datetime, rules: Rules) -> list[_Voice]:
    once = {e.id: e for e in evidence if e.observed_at <= now}.values()
    today = now.timestamp() / _DAY
    voices = [
        _Voice(e, kind, says, e.observed_at.timestamp() / _DAY, today)
        for e in once
        if (says := said(e, kind := rules.kinds[e.kind])) is not None
    ]
    voices.sort(key=lambda voice: (voice.at, _RANK[voice.says], voice.evidence.id))
    return voices


def said(evidence: Observed, kind: Weight) -> State | None:
    """What a piece says of the machine, by its words or by its kind; None where it says nothing."""
    return meaning(kind, evidence.says)


def meaning(kind: Weight, says: State | None) -> State | None:
    """What is said of a machine by a kind with these words; a kind without weight says nothing whatever it claims."""
    if not kind.weight:
        return None
    if says is None:
        return State.IN_USE if kind.means_use else None
    return None if says == State.UNKNOWN else says


def _carried(told: Sequence[_Voice], installed: datetime | None, now: datetime, rules: Rules) -> tuple[float, float]:
    """The probability of use just after the last observation, and now."""
    plain = [voice for voice in told if not voice.kind.is_faint]
    steps = [step(v.evidence, v.kind, v.at, rules.rates, is_used=v.is_used) for v in plain]
    days = [v.at for v in plain if v.evidence.kind == Kind.INSTALLATION and v.is_used]
    if installed:
        days.append(installed.timestamp() / _DAY)
        push = rules.kinds[Kind.INSTALLATION].weight
        insort(steps, Step(days[-1], push, is_word=False, holds=True, ends=False), key=attrgetter("at"))
    belief = Belief(rules.rates, max(days, default=None))
    for one in at_once(steps):
        belief.wait(one.at)
        belief.see(one)
    p_told = belief.p
    belief.wait(now.timestamp() / _DAY)
    return p_told, _nudged(belief.p, [voice for voice in told if voice.kind.is_faint])


def step(evidence: Observed, kind: Weight, at: float, rates: Rates, *, is_used: bool) -> Step:
    """What a piece does to the belief, seen on the day `at`."""
    weight = kind.weight * _trust(rates.mistaken) if kind.is_word else kind.weight
    weight = weight if evidence.among == 1 else shared(weight, evidence.among)
    named = evidence.among == 1
    ends = named and not is_used and evidence.detail in LASTING
    return Step(at, weight if is_used else -weight, kind.is_word and named, named, ends)


def _trust(mistaken: float) -> float:
    """What a word is worth where this share of words is wrong, beside what it is worth at the usual share."""
    return math.log((1 - mistaken) / mistaken) / math.log((1 - RATES.mistaken) / RATES.mistaken)


def shared(weight: float, machines: int) -> float:
    """What is left of a weight where it is not said which of so many machines is meant: each as likely as the next."""
    right = 1 / (1 + math.exp(-weight))
    about_another = (1 - 1 / machines) / 2  # of which we know nothing, so either word is as likely
    return math.log((right / machines + about_another) / ((1 - right) / machines + about_another))


def _nudged(p: float, faint: Sequence[_Voice]) -> float:
    """The belief with the freshest faint sign of each kind and side."""
    if not faint:
        return p
    best: dict[tuple[Kind, bool], float] = {}
    for voice in faint:
        side = voice.evidence.kind, voice.is_used
        best[side] = max(best.get(side, 0.0), voice.left / voice.evidence.among)
    push = math.fsum(left if is_used else -left for (_, is_used), left in best.items())
    return 1 / (1 + math.exp(-math.log(p / (1 - p)) - push))


def _state(told: Sequence[_Voice], p_told: float, p_used: float) -> State:
    standing = [voice for voice in told if voice.is_named and (voice.is_lasting or voice.left >= STANDING)]
    if max(p_told, p_used) <= GONE_UNTIL and any(not voice.is_used for voice in standing):
        return State.NOT_IN_USE
    used = [voice for voice in standing if voice.is_used]
    if p_used < USED_FROM or not used:
        return State.UNKNOWN
    # Between in use and back-up the latest word decides: machines move between the two, and both are ordered parts for.
    return max(used, key=lambda voice: (voice.kind.is_word, voice.at, _RANK[voice.says])).says


def _agrees(voice: _Voice, state: State) -> bool:
    return voice.says == state


def _disagrees(voice: _Voice, state: State) -> bool:
    return voice.is_used != (state in USED) or (voice.kind.is_word and voice.says != state)


def _ids(told: Sequence[_Voice], state: State, *, agree: bool) -> tuple[int, ...]:
    if state == State.UNKNOWN:
        # With no verdict nothing speaks against it: all of it is why we do not know.
        chosen = list(told) if agree else []
    else:
        chosen = [voice for voice in told if (_agrees if agree else _disagrees)(voice, state)]
    chosen.sort(key=lambda v: (v.is_lasting, v.left / v.evidence.among, v.at, v.evidence.id), reverse=True)
    return tuple(voice.evidence.id for voice in chosen)


def _since(told: Sequence[_Voice], state: State) -> datetime | None:
    """When the last unbroken row of what agrees began."""
    since = None
    for voice in reversed(told) if state != State.UNKNOWN else ():
        if _agrees(voice, state) and voice.is_named:
            since = voice.evidence.observed_at
        elif since and voice.is_named and _disagrees(voice, state):
            break
    return since
