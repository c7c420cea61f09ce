"""All timed work, on one page. Every job may run in several engines at once: what is due is claimed in the database.

APScheduler only rings the bell; it keeps no jobs of its own, so nothing fires twice and nothing is lost with it.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import delete

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.engine.memory import give_back
from newsletter.engine.recover import recover_dead
from newsletter.errors import NewsletterError
from newsletter.ledger.claim import renew_lease
from newsletter.ledger.control import finish_cancelling
from newsletter.ledger.engine import EngineSeen
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.paced import wake_put_off
from newsletter.ledger.queue import sweep
from newsletter.ledger.run import BatchKey
from newsletter.ledger.seen import note_seen
from newsletter.ledger.start import start_due
from newsletter.pace.limits import Limits, limits_in_force
from newsletter.pace.sweep import sweep as forget_idle

log = logging.getLogger(__name__)


class Jobs:
    """The timed work of one engine. `in_hand` holds the batches it works on; `trouble` says why nothing moves.

    No run is started while `may_start` says no.
    """

    def __init__(
        self,
        db: Database,
        engine: str,
        folder: Path,
        *,
        clock: Callable[[], datetime],
        in_hand: set[BatchKey],
        trouble: Callable[[], str],
        may_start: Callable[[], bool],
    ) -> None:
        self._db, self._engine, self._folder, self._clock = db, engine, folder, clock
        self._in_hand, self._trouble, self._may_start = in_hand, trouble, may_start
        self._started_at = clock()
        self._limits = Limits()
        self._scheduler = BackgroundScheduler(
            {"apscheduler.executors.default": {"type": "threadpool", "max_workers": 3}},  # each takes a connection
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1},
        )
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._watch_the_clock, name="clock-watch")

    def start(self, further: Iterable[tuple[int, Callable[[], None]]] = ()) -> None:
        """Recover once before anything else, then ring the bells; `further` are those of the rooms (`timed.bells`)."""
        for seconds, job in (
            (1, self.start_due_runs),
            (2, self.recover),
            (1, self.finish_runs),
            (1, self.obey_limits),
            (5, self.seen),
            (20, self.keep_leases),
            (2, self.sweep),
            (60, self.forget),
            *further,
        ):
            self._scheduler.add_job(self._calmly(job), "interval", seconds=seconds, misfire_grace_time=None)
        self._calmly(self.recover)()
        self._calmly(self.seen)()
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """Let the job that is running end, and say that this engine is gone."""
        self._stopping.set()
        self._watch.join()
        self._scheduler.shutdown(wait=True)
        self._calmly(self.gone)()

    def start_due_runs(self) -> None:
        """Every second: start what is due."""
        if not self._may_start():
            return
        for run_id in start_due(self._db, self._engine, self._clock()):
            log.info("run %d started", run_id)
            give_back()

    def recover(self) -> None:
        """Every two seconds: settle the copies of engines that died on this machine."""
        for engine in recover_dead(self._db, self._folder, self._clock()):
            log.warning("recovered after engine %s", engine)

    def finish_runs(self) -> None:
        """Every second: close the runs that have nothing left to do, and what a cancel has left half done."""
        finish_idle(self._db, self._clock())
        finish_cancelling(self._db, self._engine, self._clock())

    def obey_limits(self) -> None:
        """Every second: where limits were changed, wake what waits for them."""
        with self._db.read() as session:
            limits = limits_in_force(session, self._limits)
        if limits is not self._limits:
            with self._db.write() as session:
                wake_put_off(session, self._clock())
            self._limits = limits

    def seen(self) -> None:
        """Every five seconds: say that this engine lives, and what troubles it."""
        note_seen(self._db, self._engine, self._started_at, self._trouble(), self._clock())

    def keep_leases(self) -> None:
        """Every 20 seconds: keep the batches in hand, for a relay may take ten minutes to answer for one copy."""
        batches = sorted(self._in_hand.copy())
        if batches:
            with self._db.write() as session:
                for batch in batches:
                    renew_lease(session, batch, self._engine, self._clock())

    def sweep(self) -> None:
        """Every two seconds: put batches into the queue that wait without being in it."""
        if not self._db.is_sqlite:
            with self._db.write() as session:
                sweep(session, self._clock())

    def forget(self) -> None:
        """Every minute: let go of limits that have run out."""
        with self._db.write() as session:
            forget_idle(session, self._clock())

    def gone(self) -> None:
        """At the end: this engine lives no more."""
        with self._db.write() as session:
            session.execute(delete(EngineSeen).where(EngineSeen.name == self._engine))

    def _calmly(self, job: Callable[[], None]) -> Callable[[], None]:
        def calm() -> None:
            try:
                job()
            except NewsletterError as error:
                log.warning("%s: %s", job.__name__, error)
            except Exception:
                log.exception("%s: a mistake of ours; the other jobs go on", job.__name__)

        return calm

    def _watch_the_clock(self) -> None:
        """Ring what waits longer than it should: APScheduler waits for a time of day, and clocks are set back."""
        while not self._stopping.wait(1):
            now = utc_now()
            for bell in self._scheduler.get_jobs():
                if bell.next_run_time is not None and bell.next_run_time - now > bell.trigger.interval:
                    bell.modify(next_run_time=now)
