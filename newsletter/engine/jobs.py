"""The timed work of the sending engine, on one page; that of the rooms is on the page `timed`.

Every job may run in several engines at once: what is due is claimed in the database.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from newsletter.bulletin.trial import Measure
from newsletter.db import Database
from newsletter.engine.choosing import choose
from newsletter.engine.memory import give_back
from newsletter.engine.pulse import Pulse, calmly
from newsletter.engine.recover import recover_dead
from newsletter.ledger.claim import renew_lease
from newsletter.ledger.control import finish_cancelling
from newsletter.ledger.engine import EngineSeen
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.gate import Gate
from newsletter.ledger.paced import wake_put_off
from newsletter.ledger.queue import sweep
from newsletter.ledger.run import BatchKey
from newsletter.ledger.seen import note_seen
from newsletter.ledger.start import start_due
from newsletter.ledger.trial_deciding import decide_due
from newsletter.ledger.trial_rule import Halves
from newsletter.ledger.wave_opening import open_due
from newsletter.ledger.wave_rule import CameBack
from newsletter.pace.limits import Limits, limits_in_force
from newsletter.pace.sweep import sweep as forget_idle
from newsletter.schedule.due import may_be_due

log = logging.getLogger(__name__)


class Jobs:
    """The timed work of one engine. `in_hand` holds the batches it works on; `trouble` says why nothing moves.

    No run is started while `may_start` says no, nor one that the `gate` keeps.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that an engine hands to its timed work
        self,
        db: Database,
        engine: str,
        folder: Path,
        *,
        clock: Callable[[], datetime],
        in_hand: set[BatchKey],
        trouble: Callable[[], str],
        may_start: Callable[[], bool],
        gate: Gate | None = None,
    ) -> None:
        self._gate = gate
        self._db, self._engine, self._folder, self._clock = db, engine, folder, clock
        self._in_hand, self._trouble, self._may_start = in_hand, trouble, may_start
        self._started_at = clock()
        self._limits = Limits()
        self._pulse = Pulse()

    def start(self) -> None:
        """Recover once before anything else, then go on at a steady pulse."""
        calmly(self.recover)()
        calmly(self.seen)()
        self._pulse.start(
            (
                (1, self.start_due_runs),
                (1, self.open_waves),
                (2, self.recover),
                (1, self.finish_runs),
                (1, self.obey_limits),
                (5, self.seen),
                (20, self.keep_leases),
                (2, self.sweep),
                (60, self.forget),
            )
        )

    def stop(self) -> None:
        """Let the job that is running end, and say that this engine is gone."""
        self._pulse.stop()
        calmly(self.gone)()

    def start_due_runs(self) -> None:
        """Every second: order what a series has due, and start what is due."""
        if not self._may_start():
            return
        if self._gate is not None and may_be_due(self._db, self._clock()):
            self._fire(self._gate)
        for run_id in start_due(self._db, self._engine, self._clock(), choose, self._gate):
            log.info("run %d started", run_id)
            give_back()

    def _fire(self, gate: Gate) -> None:
        from newsletter.schedule.fire import fire_due  # noqa: PLC0415 - where no series is due it needs no memory

        for run_id in fire_due(self._db, self._engine, self._clock(), gate):
            log.info("run %d ordered by a series", run_id)

    def open_waves(self) -> None:
        """Every second: decide the trials whose wait is over; let the next wave of a run go, or hold it.

        It is held where too much came back.
        """
        for run_id in decide_due(self._db, self._engine, self._clock(), _tried):
            log.info("the trial of run %d is decided", run_id)
        for run_id, number in open_due(self._db, self._engine, self._clock(), _came_back):
            log.info("wave %d of run %d goes", number, run_id)

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
            wake_put_off(self._db, self._clock())
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


def _came_back(session: Session, run_id: int, wave: int) -> CameBack:
    from newsletter.report.waves import came_back  # noqa: PLC0415 - where nobody sends in waves it needs no memory

    return came_back(session, run_id, wave)


def _tried(session: Session, run_id: int, measure: Measure, until: datetime) -> Halves:
    from newsletter.results.tried import halves  # noqa: PLC0415 - where nobody tries two variants it needs no memory

    return halves(session, run_id, measure, until)
