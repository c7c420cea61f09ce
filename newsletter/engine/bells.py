"""Ringing the bell for timed work: the page of the sending engine is `jobs`, that of the rooms is `timed`.

APScheduler only rings; it keeps no jobs of its own, so nothing fires twice and nothing is lost with it.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler

from newsletter.clock import utc_now
from newsletter.engine.memory import give_back
from newsletter.errors import NewsletterError

log = logging.getLogger(__name__)

Job = Callable[[], None]


class Bells:
    """The bells of one process. What a job raises is told to the log, and the others go on."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            {"apscheduler.executors.default": {"type": "threadpool", "max_workers": 3}},  # each takes a connection
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1},
        )
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._watch_the_clock, name="clock-watch")

    def start(self, jobs: Iterable[tuple[int, Job]]) -> None:
        """Ring for each job every so many seconds, from now on."""
        for seconds, job in (*jobs, (1, give_back)):
            self._scheduler.add_job(calmly(job), "interval", seconds=seconds, misfire_grace_time=None)
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """Return when the jobs that run have ended."""
        self._stopping.set()
        self._watch.join()
        self._scheduler.shutdown(wait=True)

    def _watch_the_clock(self) -> None:
        """Ring what waits longer than it should: APScheduler waits for a time of day, and clocks are set back."""
        while not self._stopping.wait(1):
            now = utc_now()
            for bell in self._scheduler.get_jobs():
                if bell.next_run_time is not None and bell.next_run_time - now > bell.trigger.interval:
                    bell.modify(next_run_time=now)


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
