"""Keeping page loads without making a reader wait: bounded queues, each with a short-lived thread in its process."""

import logging
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import NewsletterError

MOST_WAITING = 10_000
MOST_AT_ONCE = 2_000
GATHERS = 0.2  # seconds; SQLite has one writer at a time, and who opts out must not wait for each page load

log = logging.getLogger(__name__)
_all: "weakref.WeakSet[Recorder[Any]]" = weakref.WeakSet()
_Note = TypeVar("_Note")


class Recorder(Generic[_Note]):
    """`note` never waits and never fails. What does not fit is counted in `dropped`. `write` writes many notes down.

    The thread is started by the first note and ends when nothing is left: so it is there after a fork, and a process
    that exits waits for it. It writes what gathered in a fifth of a second at once. A kill -9 loses what waits, which
    is page loads only.
    """

    def __init__(self, db: Database, write: Callable[[Session, Sequence[_Note]], None]) -> None:
        self._db = db
        self._write_down = write
        self._waiting: deque[_Note] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self.dropped = 0
        _all.add(self)

    def note(self, note: _Note) -> None:
        """Keep a note soon."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self.dropped += 1
                return
            self._waiting.append(note)
            if self._thread is None or not self._thread.is_alive():
                # After a fork the parent's thread is here as an object that is not alive. The threads of a server are
                # daemons, and ours would be one by birth: then the process would not wait for it.
                self._thread = threading.Thread(target=self._write_all, name="hits", daemon=False)
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

    def _write(self, batch: list[_Note]) -> None:
        try:
            with self._db.write() as session:
                self._write_down(session, batch)
        except NewsletterError as error:
            self._drop(len(batch))
            log.warning("%d page loads were not kept: %s", len(batch), error)
        except Exception:
            self._drop(len(batch))
            log.exception("%d page loads were not kept.", len(batch))

    def _drop(self, count: int) -> None:
        with self._lock:
            self.dropped += count

    def _next(self) -> list[_Note]:
        """What waits; with nothing left the thread is given up under the lock, so that no note is left to nobody."""
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
