"""The verdict on an account from those on its machines. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from newsletter.signal.rules import NOTHING_KNOWN, RULES, Observed, Rules, State, Weighed, weigh


def weigh_account(
    units: Sequence[Weighed], spoken_of_account: Iterable[Observed], now: datetime, rules: Rules = RULES
) -> Weighed:
    """The verdict on an account, which answers whether any machine of ours is used there.

    One used machine makes a user; *not in use* needs every machine to be. What was said without naming a machine counts
    as one more machine while it speaks for use; otherwise it was said of one of those we know.
    """
    unnamed = weigh(spoken_of_account, now, rules)
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
