"""What the wire said, in the ledger's words."""

from collections.abc import Callable
from datetime import datetime, timedelta

from newsletter.ledger.claim import Claimed
from newsletter.ledger.record import Result
from newsletter.ledger.retry import next_try
from newsletter.ledger.states import Event
from newsletter.smtp.outcome import Cause, Kind, Outcome

_EVENT = {
    Kind.REFUSED: Event.REFUSE,
    Kind.UNSENT: Event.RETURN,
    Kind.IN_DOUBT: Event.LOSE,
    Kind.HELD: Event.HOLD,
}
_BROKE = frozenset({Cause.CONNECTION, Cause.TIMEOUT, Cause.PROTOCOL, Cause.EXTENSION})
_SOON = timedelta(seconds=10)  # for a copy at which the line broke: the others go first
_BREAKS = 3  # after so many it is the copy, not the line, and it waits as one that the server put off


def result_of(outcome: Outcome, copy: Claimed, clock: Callable[[], datetime]) -> Result:
    """What an outcome means for a copy: one put off gets its next time or expires, one unsent is tried again soon."""
    words = words_of(outcome)
    if outcome.kind is Kind.ACCEPTED:
        return Result(copy.id, Event.ACCEPT, words)
    now = clock()
    if outcome.kind is Kind.DEFERRED:
        return _put_off(copy, words, next_try(copy.deferred + 1, now))
    if outcome.kind is Kind.UNSENT and outcome.cause in _BROKE:
        again = next_try(copy.deferred - _BREAKS + 1, now) if copy.deferred >= _BREAKS else now + _SOON
        return _put_off(copy, words, again)
    return Result(copy.id, _EVENT[outcome.kind], words, now + _SOON if outcome.kind is Kind.UNSENT else None)


def _put_off(copy: Claimed, words: str, due: datetime | None) -> Result:
    return Result(copy.id, Event.DEFER if due else Event.EXPIRE, words, due)


def words_of(outcome: Outcome) -> str:
    """The server's words, or ours where it gave none."""
    if outcome.reply is not None:
        return str(outcome.reply)
    return outcome.detail or f"The relay gave no answer ({outcome.cause})."
