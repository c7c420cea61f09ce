"""How a run stands, in one word and one line. Pure."""

from datetime import datetime, timedelta

from newsletter.ledger.progress import Progress
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from newsletter.pace.eta import NOTHING_KNOWN, OF_LATE, Eta

_WORDS = {
    RunState.SCHEDULED: "Scheduled",
    RunState.LATE: "Late",
    RunState.SENDING: "Sending",
    RunState.PAUSED: "Paused",
    RunState.FINISHED: "Finished",
    RunState.CANCELLED: "Cancelled",
}


def in_a_word(state: RunState) -> str:
    """The state of a run as a heading says it."""
    return _WORDS[state]


def in_a_line(seen: Progress, ahead: Eta | None, now: datetime) -> str:
    """How far a run is, after its word: "61 %, about 4 minutes left at 310 a second". Empty before it starts."""
    if seen.state in (RunState.SCHEDULED, RunState.LATE):
        return ""
    if not seen.targeted:
        return "Nobody was to get a copy when it started."
    if seen.state == RunState.SENDING:
        return ", ".join(filter(None, (f"{seen.percent} %", _left(seen, ahead, now))))
    if seen.state == RunState.PAUSED:
        return f"{seen.percent} %, {seen.open:,} {_copies(seen.open)} still to go"
    accepted = seen.copies.get(State.ACCEPTED, 0)
    return f"{accepted:,} of {seen.targeted:,} {_copies(seen.targeted)} accepted"


def in_tens(seen: Progress) -> str:
    """The same in steps of ten per cent, to be spoken now and then."""
    step = f", {seen.percent // 10 * 10} %" if seen.state == RunState.SENDING else ""
    return in_a_word(seen.state) + step


def _left(seen: Progress, ahead: Eta | None, now: datetime) -> str:
    fresh = seen.copies.get(State.WAITING, 0) + seen.copies.get(State.CLAIMED, 0)
    if not fresh:
        deferred = seen.copies.get(State.DEFERRED, 0)
        return f"{deferred:,} {_copies(deferred)} to be tried again" if deferred else ""
    if ahead is None:
        return ""
    if ahead.done_at is None:
        return "" if ahead.why == NOTHING_KNOWN else ahead.why
    pace = f"{seen.per_second:,.0f}" if seen.per_second >= 1 else f"{seen.per_second:.1f}"
    held_back = "" if ahead.why == OF_LATE else f", held back by {ahead.why}"
    return f"about {_about(ahead.done_at - now)} left at {pace} a second{held_back}"


_UNITS = ((172_800, 86_400, "day"), (7_200, 3_600, "hour"), (90, 60, "minute"), (0, 1, "second"))


def _about(left: timedelta) -> str:
    seconds = max(0.0, left.total_seconds())
    length, name = next((length, name) for least, length, name in _UNITS if seconds >= least)
    whole = max(1, round(seconds / length))
    return f"{whole} {name}{'s' if whole > 1 else ''}"


def _copies(count: int) -> str:
    return "copy" if count == 1 else "copies"
