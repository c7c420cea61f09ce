"""How an engine learns which batch may need work. There are two ways, a file each: `embedded` and `distributed`."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from newsletter.engine.letters import has_letter_due, send_letters
from newsletter.engine.samples import has_sample_waiting, send_samples
from newsletter.engine.send import Errands, Sender
from newsletter.errors import Unavailable

log = logging.getLogger(__name__)

IDLE = 0.3  # seconds between two looks when there is nothing to do
LONGEST_PAUSE = 30.0  # seconds between two tries while the database is away


class Dispatch(Protocol):
    """Gives work to the senders it was made with, each of them to one thread at a time."""

    def start(self) -> None:
        """Begin, and return at once. What a mistake of ours ends, sets the event that the dispatch was made with."""

    def stop(self) -> None:
        """Return when no sender works any more. Whoever calls has told the senders to stop."""


def sender_threads(
    senders: Sequence[Sender], take_turns: Callable[[Sender], None], has_failed: threading.Event
) -> list[threading.Thread]:
    """A thread for each sender, not begun, that takes its turns until it returns; a mistake of ours ends the engine."""

    def run(sender: Sender) -> None:
        sender.errands = _ERRANDS
        try:
            take_turns(sender)
        except Exception:
            # The process had better end: what this thread had in hand is recovered by the next.
            log.exception("this engine has failed")
            has_failed.set()

    return [
        threading.Thread(target=run, args=(sender,), name=f"sender-{number}") for number, sender in enumerate(senders)
    ]


def _has_errand(sender: Sender) -> bool:
    return has_sample_waiting(sender) or has_letter_due(sender)


def _run_errands(sender: Sender) -> None:
    send_samples(sender)
    send_letters(sender)


_ERRANDS = Errands(_has_errand, _run_errands)


def take_turn(sender: Sender, work: Callable[[], bool | None]) -> bool:
    """Send the test mails and letters that wait, then do `work`; whether that got anything done."""
    try:
        _run_errands(sender)
        has_moved = bool(work())
    except Unavailable as error:
        sender.database_trouble = error.message
        log.warning("%s", error)
        return False
    sender.database_trouble = ""
    return has_moved


def next_pause(pause: float, sender: Sender) -> float:
    """How long a sender waits that got nothing done after a `pause`; the pool lets a relay in trouble rest."""
    return min(pause * 2, LONGEST_PAUSE) if sender.database_trouble else IDLE
