"""When to ask again: before the verdict fades, and never right after an answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from newsletter.signal.kinds import LASTING
from newsletter.signal.rules import RULES, Observed, Rules, State, weigh

_REST = timedelta(days=180)
_FARTHEST = timedelta(days=3653)
_DAY = timedelta(days=1)


def ask_again(
    evidence: Sequence[Observed], now: datetime, rules: Rules = RULES, *, installed: datetime | None = None
) -> datetime | None:
    """The first day on which the verdict would be *unknown* if nothing is heard; None where it will not fade.

    Where it is unknown already, that is now, but not within half a year of the last answer.
    """
    state = weigh(evidence, now, rules, installed=installed).state
    if state == State.UNKNOWN:
        words = [e.observed_at for e in evidence if rules.kinds[e.kind].is_word and e.observed_at <= now]
        return max([now, *(at + _REST for at in words)])
    if state == State.NOT_IN_USE and any(e.detail in LASTING and e.says == state for e in evidence):
        return None
    near, far = now, now + _FARTHEST
    known = [e for e in evidence if e.observed_at <= now]
    if weigh(known, far, rules, installed=installed).state != State.UNKNOWN:
        return far
    while far - near > _DAY:
        middle = near + (far - near) / 2
        if weigh(known, middle, rules, installed=installed).state == State.UNKNOWN:
            far = middle
        else:
            near = middle
    return far
