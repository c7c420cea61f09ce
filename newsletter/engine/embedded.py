"""The dispatch of one machine: a thread for each sender, which looks into the ledger for a batch that is due."""

import threading
from collections.abc import Sequence

from newsletter.engine.dispatch import IDLE, next_pause, sender_threads, take_turn
from newsletter.engine.send import Sender


class Embedded:
    """For SQLite, where a look costs next to nothing and everything runs on one machine."""

    def __init__(self, senders: Sequence[Sender], has_failed: threading.Event) -> None:
        self._stopping = threading.Event()
        self._threads = sender_threads(senders, self._take_turns, has_failed)

    def start(self) -> None:
        """Begin to look."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return when no thread works any more."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _take_turns(self, sender: Sender) -> None:
        pause = IDLE
        while not self._stopping.is_set():
            if take_turn(sender, sender.work):
                pause = IDLE
                continue
            pause = next_pause(pause, sender)
            self._stopping.wait(pause)
