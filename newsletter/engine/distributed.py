"""The dispatch of many machines: a thread for each sender, which takes the batches that PostgreSQL's queue names.

Another thread listens to the queue and wakes them. A job keeps nothing that matters: the lease decides who has a batch,
and what the queue loses is put back by every engine's sweep. So a job is deleted when it is taken.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, Final

import psycopg

from newsletter.db import Database
from newsletter.engine.dispatch import IDLE, LONGEST_PAUSE, next_pause, sender_threads, take_turn
from newsletter.engine.send import Sender
from newsletter.errors import Unavailable
from newsletter.ledger.queue import CHANNEL, take_job, waits
from newsletter.ledger.run import BatchKey

log = logging.getLogger(__name__)

_POLL: Final = 1.0  # seconds between two looks for jobs whose time has come; new ones are told at once
_FAREWELL: Final = 3.0  # seconds for who listens, which may be in the middle of calling a PostgreSQL that is away


class Distributed:
    """For PostgreSQL, and as many engines as there are."""

    def __init__(
        self, db: Database, senders: Sequence[Sender], clock: Callable[[], datetime], has_failed: threading.Event
    ) -> None:
        self._db, self._clock = db, clock
        self._stopping = threading.Event()
        self._news = threading.Event()  # there may be jobs
        self._listener = threading.Thread(target=self._listen, name="queue", daemon=True)
        self._threads = sender_threads(senders, self._take_turns, has_failed)

    def start(self) -> None:
        """Begin to listen to the queue, and to look."""
        for thread in (self._listener, *self._threads):
            thread.start()

    def stop(self) -> None:
        """Return when no sender works any more."""
        self._stopping.set()
        self._news.set()
        for thread in self._threads:
            thread.join()
        self._listener.join(_FAREWELL)

    def _listen(self) -> None:
        pause = IDLE
        while not self._stopping.is_set():
            began = monotonic()
            try:
                with psycopg.connect(**self._db.psycopg_options(), autocommit=True) as connection:
                    self._hear(connection)
            except (psycopg.Error, OSError) as error:
                log.warning("The queue cannot be reached: %s", error)
            except Exception:
                log.exception("a mistake of ours; the queue is listened to again")
            pause = IDLE if monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            self._stopping.wait(pause)

    def _hear(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(f'LISTEN "{CHANNEL}"'.encode())
        while not self._stopping.is_set():
            self._news.set()  # at first too: nobody repeats what was told before
            for _ in connection.notifies(timeout=_POLL, stop_after=1):
                pass

    def _take_turns(self, sender: Sender) -> None:
        pause = IDLE
        while not self._stopping.is_set():
            batch = self._next()
            if batch is not None:
                self._work_on(sender, batch)
                pause = IDLE
                continue
            # What senders without a batch do: send test mails, hang up after a while.
            take_turn(sender, sender.rest)
            self._news.wait(pause)
            pause = next_pause(pause, sender)

    def _next(self) -> BatchKey | None:
        """The batch of a job that is ours alone, if there is one."""
        if not self._news.is_set() or self._stopping.is_set():
            return None
        self._news.clear()  # first, so that what is told while we look is looked at again
        with suppress(Unavailable), self._db.write() as session:
            batch = take_job(session)
            if batch is not None:
                self._news.set()  # there may be more
            return batch
        return None

    def _work_on(self, sender: Sender, batch: BatchKey) -> None:
        """Keep trying while the batch waits: to give it back at once would only move it round in the queue."""
        pause = IDLE
        while not self._stopping.is_set():
            if take_turn(sender, partial(sender.work_on, batch)):
                return
            pause = next_pause(pause, sender)
            if not self._waits(batch):
                return
            self._stopping.wait(pause)

    def _waits(self, batch: BatchKey) -> bool:
        with suppress(Unavailable), self._db.read() as session:
            return waits(session, batch, self._clock())
        return False
