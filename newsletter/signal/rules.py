"""What the evidence of one machine adds up to: `weigh(evidence, now)`, a pure function.

Each observation speaks with the weight of its kind, in log-odds for "used at all" (in use or back-up) or against it,
halved with every half-life. A later word of equal rank that says otherwise takes most of the weight of all earlier ones
together, so that ten colleagues who said "in use" do not outvote the one who tells us a year later that it was
scrapped. The sum turns into `p_used`; between the thresholds the answer is `unknown`. Silence adds nothing, so silence
is never *not in use*.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from newsletter.signal.kinds import KINDS, LASTING, Kind

USED_FROM = 0.8
GONE_UNTIL = 0.2
CONTRADICTED = 0.2  # what is left of the weightiest of all the words to which a later one of equal rank said otherwise


class State(StrEnum):
    """What a machine is to its owner now."""

    IN_USE = "in_use"
    BACKUP = "backup"
    NOT_IN_USE = "not_in_use"
    UNKNOWN = "unknown"


USED = frozenset({State.IN_USE, State.BACKUP})
_PREFERRED = (None, State.UNKNOWN, State.NOT_IN_USE, State.BACKUP, State.IN_USE)  # the later, if told at the same time


@dataclass(frozen=True, slots=True)
class Observed:
    """One piece of evidence as the judgement needs it. `says` None tells nothing about the machine.

    `id` tells one piece from another and decides nothing else: it grows with arrival, and arrival is an accident.
    """

    id: int
    kind: Kind
    says: State | None
    detail: str
    observed_at: datetime


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
    """One piece of evidence with what it weighs now, and whether a later word of equal rank said otherwise."""

    evidence: Observed
    weight: float
    contradicted: bool


NOTHING_KNOWN = Weighed(State.UNKNOWN, 0.5, None, (), ())


def weigh(evidence: Iterable[Observed], now: datetime) -> Weighed:
    """The verdict on one machine. Evidence from after `now` is not looked at, so any past day can be asked for."""
    once = {e.id: e for e in evidence if _tells(e) and e.observed_at <= now}
    told = sorted(once.values(), key=lambda e: (e.observed_at, _PREFERRED.index(e.says), e.id))
    voices = _voices(told, now)
    p_used = _probability(_sum(voices, used=True) - _sum(voices, used=False))
    state = _state(p_used, voices)
    return Weighed(
        state, p_used, _since(told, state), _ids(voices, state, agree=True), _ids(voices, state, agree=False)
    )


def weigh_account(units: Sequence[Weighed], spoken_of_account: Iterable[Observed], now: datetime) -> Weighed:
    """The verdict on an account, which answers whether any machine of ours is used there.

    One used machine makes a user; *not in use* needs every machine to be. What was said without naming a machine counts
    as one more machine while it speaks for use; otherwise it was said of one of those we know.
    """
    unnamed = weigh(spoken_of_account, now)
    counts = bool(unnamed.because) and unnamed.p_used >= NOTHING_KNOWN.p_used
    parts = [*units, unnamed] if counts or not units else list(units)
    verdict = max(parts, key=_standing)
    if verdict.state != State.UNKNOWN:
        return verdict
    told = dict.fromkeys(id_ for part in [*units, unnamed] for id_ in part.because)
    return replace(verdict, because=tuple(told), against=())


def _standing(verdict: Weighed) -> tuple[int, float]:
    rank = (State.NOT_IN_USE, State.UNKNOWN, State.BACKUP, State.IN_USE).index(verdict.state)
    return rank, verdict.p_used


def _tells(evidence: Observed) -> bool:
    return evidence.says is not None and evidence.says != State.UNKNOWN and KINDS[evidence.kind].weight > 0


def _voices(told: Sequence[Observed], now: datetime) -> list[_Voice]:
    last = {(used, word): _last(told, used=used, word=word) for used in (True, False) for word in (True, False)}
    return [
        _voice(e, last[e.says not in USED, False], last[e.says not in USED, KINDS[e.kind].is_word], now) for e in told
    ]


def _last(told: Sequence[Observed], *, used: bool, word: bool) -> datetime | None:
    """When somebody last spoke for use or against it, with the rank to contradict a word (or anything at all)."""
    return next(
        (e.observed_at for e in reversed(told) if (e.says in USED) == used and KINDS[e.kind].is_word >= word), None
    )


def _voice(evidence: Observed, disputed: datetime | None, denied: datetime | None, now: datetime) -> _Voice:
    """What a piece weighs now, given when anything, and when anything of its rank, last spoke for the opposite."""
    kind = KINDS[evidence.kind]
    is_lasting = evidence.says == State.NOT_IN_USE and evidence.detail in LASTING
    if is_lasting and not (disputed and disputed >= evidence.observed_at):
        return _Voice(evidence, kind.weight, contradicted=False)
    # What lasts is what nobody disputed: otherwise it would come back by itself when the later word has faded.
    days = (now - evidence.observed_at).total_seconds() / 86_400
    weight = kind.weight * 2 ** (-days / kind.half_life_days)
    if denied and denied > evidence.observed_at:
        return _Voice(evidence, weight * CONTRADICTED, contradicted=True)
    return _Voice(evidence, weight, contradicted=False)


def _sum(voices: Sequence[_Voice], *, used: bool) -> float:
    side = [voice for voice in voices if (voice.evidence.says in USED) == used]
    standing = math.fsum(voice.weight for voice in side if not voice.contradicted)
    return standing + max((voice.weight for voice in side if voice.contradicted), default=0.0)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def _state(p_used: float, voices: Sequence[_Voice]) -> State:
    if p_used <= GONE_UNTIL:
        return State.NOT_IN_USE
    if p_used < USED_FROM:
        return State.UNKNOWN
    # Between in use and back-up the latest word decides: machines move between the two.
    return next(State(voice.evidence.says) for voice in reversed(voices) if voice.evidence.says in USED)


def _agrees(evidence: Observed, state: State) -> bool:
    return evidence.says == state


def _ids(voices: Sequence[_Voice], state: State, *, agree: bool) -> tuple[int, ...]:
    if state == State.UNKNOWN and not agree:
        return ()  # with no verdict nothing speaks against it: all of it is why we do not know
    chosen = [voice for voice in voices if state == State.UNKNOWN or _agrees(voice.evidence, state) == agree]
    chosen.sort(key=lambda voice: (voice.weight, voice.evidence.observed_at, voice.evidence.id), reverse=True)
    return tuple(voice.evidence.id for voice in chosen)


def _since(told: Sequence[Observed], state: State) -> datetime | None:
    since = None
    for evidence in reversed(told):
        if not _agrees(evidence, state):
            break
        since = evidence.observed_at
    return since
