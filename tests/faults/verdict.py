"""What a trial shows: nobody lost, nobody twice but for a doubt the ledger spoke of, nobody after leaving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.ledger.states import State
from tests.faults.trial import Trial
from tests.log_sink import Taken

AT_MOST = 1.0  # seconds from an opt-out that is committed to the last copy that may still go

_NEVER_SENT = {State.WITHHELD}
_NOBODY_KNOWS = {State.IN_DOUBT, State.LET_BE}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wrong` is empty where all held. `delay` is the longest from an opt-out to a copy after it, in seconds."""

    wrong: tuple[str, ...]
    accepted: int
    in_doubt: int
    twice: int
    left: int
    delay: float


def judge(trial: Trial, *, most_in_doubt: int) -> Verdict:
    """The verdict on a trial at its end; `most_in_doubt` is how many doubts its faults may have caused."""
    taken, states, shown = trial.sink.taken(), trial.by_state(), trial.shown()
    doubts = {doubt["address"] for doubt in (*shown["in_doubt_copies"], *shown["were_in_doubt"])}
    twice = {address for address, messages in taken.items() if len(messages) > 1}
    late = delays(trial, taken)
    wrong = [
        *_unfinished(trial, states),
        *_lost(states, taken),
        *(f"{address} has it twice, and nothing spoke of a doubt" for address in sorted(twice - doubts)),
        *(f"{address} has it under two Message-IDs" for address in sorted(twice) if _ids(taken[address]) > 1),
        *(f"{address} got it {delay:.2f} s after leaving" for address, delay in late.items() if delay > AT_MOST),
        *_badly_shown(shown, states, len(doubts), most_in_doubt),
    ]
    accepted = sum(state == State.ACCEPTED for state in states.values())
    return Verdict(tuple(wrong), accepted, len(doubts), len(twice), len(trial.left), max(late.values(), default=0.0))


def _unfinished(trial: Trial, states: Mapping[str, State]) -> Sequence[str]:
    odd = {state for state in states.values() if state not in {State.ACCEPTED, *_NEVER_SENT, *_NOBODY_KNOWS}}
    without = trial.people - len(states.keys() | trial.left.keys())  # who left before it began needs none
    if without:
        return [f"{without} people have no copy"]
    return [f"copies are {state}" for state in sorted(odd)]


def _lost(states: Mapping[str, State], taken: Mapping[str, Sequence[Taken]]) -> Sequence[str]:
    missing = [address for address, state in states.items() if state == State.ACCEPTED and address not in taken]
    hidden = [address for address, state in states.items() if state in _NEVER_SENT and address in taken]
    strangers = taken.keys() - states.keys()
    return [
        *(f"{address} is accepted and never arrived" for address in missing),
        *(f"{address} is withheld and has it" for address in hidden),
        *(f"{address} is nobody's" for address in sorted(strangers)),
    ]


def _badly_shown(shown: Any, states: Mapping[str, State], doubts: int, most: int) -> Sequence[str]:  # noqa: ANN401
    in_doubt = {address for address, state in states.items() if state == State.IN_DOUBT}
    named = {doubt["address"] for doubt in shown["in_doubt_copies"]}
    wrong = [f"{address} is in doubt and not shown" for address in sorted(in_doubt - named)]
    if doubts > most:
        wrong.append(f"{doubts} copies were in doubt, where {most} may be")
    return wrong


def delays(trial: Trial, taken: Mapping[str, Sequence[Taken]]) -> Mapping[str, float]:
    """How long after leaving somebody got it still, in seconds."""
    last = {address: taken[address][-1].at - left_at for address, left_at in trial.left.items() if address in taken}
    return {address: delay for address, delay in last.items() if delay > 0}


def _ids(messages: Sequence[Taken]) -> int:
    return len({message.message_id for message in messages})
