"""Ringing the bell for the timed work of the rooms, which is listed in `timed`.

APScheduler only rings; it keeps no jobs of its own, so nothing fires twice and nothing is lost with it.
"""

import threading
from collections.abc import Iterable
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler

from newsletter.clock import utc_now
from newsletter.engine.memory import give_back
from newsletter.engine.pulse import Job, calmly


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
