"""Keeping page loads without making a reader wait: a bounded queue and one short-lived thread in each web process."""

import logging
import threading
import weakref
from collections import deque
from itertools import islice

from newsletter.db import Database
from newsletter.errors import NewsletterError
from newsletter.hit.keep import keep
from newsletter.hit.tap import Tap

MOST_WAITING = 10_000
MOST_AT_ONCE = 2_000
GATHERS = 0.2  # seconds; SQLite has one writer at a time, and who opts out must not wait for each page load

log = logging.getLogger(__name__)
_all: "weakref.WeakSet[Recorder]" = weakref.WeakSet()


class Recorder:
    """`note` never waits and never fails. What does not fit is counted in `dropped`.

    The thread is started by the first tap and ends when nothing is left: so it is there after a fork, and a process
    that exits waits for it. It writes what gathered in a fifth of a second at once. A kill -9 loses what waits, which
    is page loads only.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: deque[Tap] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self.dropped = 0
        _all.add(self)

    def note(self, tap: Tap) -> None:
        """Keep a tap soon."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self.dropped += 1
                return
            self._waiting.append(tap)
            if self._thread is None or not self._thread.is_alive():
                # After a fork the parent's thread is here as an object that is not alive.
                self._thread = threading.Thread(target=self._write_all, name="hits")
                self._thread.start()

    def settle(self) -> None:
        """Wait until all that was noted is kept."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            self._hurry.set()
            thread.join()
            self._hurry.clear()

    def _write_all(self) -> None:
        self._hurry.wait(GATHERS)
        while batch := self._next():
            self._write(batch)
            self._hurry.wait(GATHERS)

    def _write(self, batch: list[Tap]) -> None:
        try:
            with self._db.write() as session:
                keep(session, batch)
        except NewsletterError as error:
            log.warning("%d page loads were not kept: %s", len(batch), error)
        except Exception:
            log.exception("%d page loads were not kept.", len(batch))

    def _next(self) -> list[Tap]:
        """What waits; with nothing left the thread is given up under the lock, so that no tap is left to nobody."""
        with self._lock:
            batch = list(islice(self._waiting, MOST_AT_ONCE))
            for _ in batch:
                self._waiting.popleft()
            if not batch:
                self._thread = None
            return batch


def settle_all() -> None:
    """Wait for every recorder of this process: before its database goes away."""
    for recorder in list(_all):
        recorder.settle()
