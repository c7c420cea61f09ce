"""What keeps the timed work of the sending engine going; it is listed in `jobs`. For the rooms `bells` ring.

A pulse knows nothing but how long ago it beat: what is due stands in the database, so nothing is done twice and nothing
is lost with it. It goes by a clock that nobody sets, for the time of day may jump. APScheduler, which rings the bells,
takes 2 MB of an engine with all that it imports, and on SQLite 3.5.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from time import monotonic
from typing import NamedTuple

from newsletter.engine.memory import give_back
from newsletter.errors import NewsletterError

log = logging.getLogger(__name__)

Job = Callable[[], None]

_AT_ONCE = 3  # threads; each takes a connection to the database


class _Beat(NamedTuple):
    """When it comes next, on the monotonic clock, and how. The number makes any two of them comparable."""

    at: float
    number: int
    seconds: int
    job: Job


class Pulse:
    """The pulse of one process. What a job raises is told to the log, and the others go on.

    A job never runs twice at a time; one that takes longer than its seconds runs again as soon as it has ended.
    """

    def __init__(self) -> None:
        self._waiting: list[_Beat] = []  # a heap
        self._is_stopping = False
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._beat, name=f"pulse-{number}") for number in range(_AT_ONCE)]

    def start(self, jobs: Iterable[tuple[int, Job]]) -> None:
        """Run each job every so many seconds, from now on."""
        now = monotonic()
        for number, (seconds, job) in enumerate((*jobs, (1, give_back))):
            self._waiting.append(_Beat(now + seconds, number, seconds, calmly(job)))
        heapify(self._waiting)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return when the jobs that run have ended."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _beat(self) -> None:
        while (beat := self._next()) is not None:
            beat.job()
            with self._changed:
                heappush(self._waiting, beat._replace(at=max(beat.at + beat.seconds, monotonic())))
                self._changed.notify()

    def _next(self) -> _Beat | None:
        """Wait for the beat that is due first, and take it from the others; None when it is time to stop."""
        with self._changed:
            while not self._is_stopping:
                pause = self._waiting[0].at - monotonic() if self._waiting else None
                if pause is not None and pause <= 0:
                    self._changed.notify()  # somebody else waits for the one behind it
                    return heappop(self._waiting)
                self._changed.wait(pause)
        return None


def calmly(job: Job) -> Job:
    """The job, which tells the log what it raises."""

    def calm() -> None:
        try:
            job()
        except NewsletterError as error:
            log.warning("%s: %s", job.__name__, error)
        except Exception:
            log.exception("%s: a mistake of ours; the other jobs go on", job.__name__)

    return calm
