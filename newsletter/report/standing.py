"""How a run stands, in one word and one line. Pure."""

from datetime import timedelta

from newsletter.ledger.progress import Progress
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State

_WORDS = {
    RunState.SCHEDULED: "Scheduled",
    RunState.SENDING: "Sending",
    RunState.PAUSED: "Paused",
    RunState.FINISHED: "Finished",
    RunState.CANCELLED: "Cancelled",
}


def in_a_word(state: RunState) -> str:
    """The state of a run as a heading says it."""
    return _WORDS[state]


def in_a_line(seen: Progress) -> str:
    """How far a run is, after its word: "61 %, about 4 minutes left at 310 a second". Empty before it starts."""
    if seen.state == RunState.SCHEDULED:
        return ""
    if not seen.targeted:
        return "Nobody was to get a copy when it started."
    if seen.state == RunState.SENDING:
        return ", ".join(filter(None, (f"{seen.percent} %", _left(seen))))
    if seen.state == RunState.PAUSED:
        return f"{seen.percent} %, {seen.open:,} {_copies(seen.open)} still to go"
    accepted = seen.copies.get(State.ACCEPTED, 0)
    return f"{accepted:,} of {seen.targeted:,} {_copies(seen.targeted)} accepted"


def in_tens(seen: Progress) -> str:
    """The same in steps of ten per cent, to be spoken now and then."""
    step = f", {seen.percent // 10 * 10} %" if seen.state == RunState.SENDING else ""
    return in_a_word(seen.state) + step


def _left(seen: Progress) -> str:
    fresh = seen.copies.get(State.WAITING, 0) + seen.copies.get(State.CLAIMED, 0)
    if not fresh:
        deferred = seen.copies.get(State.DEFERRED, 0)
        return f"{deferred:,} {_copies(deferred)} to be tried again" if deferred else ""
    if seen.left is None or seen.per_second < 1:
        return ""
    return f"about {_about(seen.left)} left at {seen.per_second:,.0f} a second"


def _about(left: timedelta) -> str:
    seconds = left.total_seconds()
    amount, unit = (seconds / 3600, "hour") if seconds >= 7200 else (seconds / 60, "minute")
    if seconds < 90:
        amount, unit = seconds, "second"
    whole = max(1, round(amount))
    return f"{whole} {unit}{'s' if whole > 1 else ''}"


def _copies(count: int) -> str:
    return "copy" if count == 1 else "copies"
