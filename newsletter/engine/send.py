"""One connection's work: lease a batch, claim a few copies, send them, record what became of them, and again.

No database session is open while we talk to the relay.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.bulletin.compose import Press
from newsletter.bulletin.readers import readers
from newsletter.bulletin.values import Reader
from newsletter.db import Database
from newsletter.engine.doubt import has_left_behind, lose, settle_left_behind
from newsletter.engine.line import Line
from newsletter.engine.outcome import result_of
from newsletter.engine.press import Presses, set_copy
from newsletter.errors import NewsletterError, Unavailable
from newsletter.ledger.claim import claim, has_work, lease_batch, no_longer_wanted, release_batch, renew_lease
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import Result, record
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.states import Event

log = logging.getLogger(__name__)

CHUNK = 50  # copies claimed at a time: what a dead host leaves in doubt
STALE_AFTER = 0.5  # seconds after which claimed copies are looked at again before they go out

BatchKey = tuple[int, int]
"""Run id and number."""


@dataclass
class Sender:
    """What one thread of an engine works with. `in_hand` holds the batches of all threads of this engine."""

    engine: str
    db: Database
    line: Line
    presses: Presses
    in_hand: set[BatchKey]
    clock: Callable[[], datetime]
    database_trouble: str = ""
    stopping: bool = False
    has_unrecorded: bool = False
    _checked: float = field(default=0.0, init=False)

    @property
    def trouble(self) -> str:
        """Why nothing moves, empty when all is well."""
        return self.database_trouble or self.line.trouble

    def work(self) -> bool:
        """Send what one batch has; whether the relay answered for any. Raises Unavailable when the database is away."""
        if not self._has_work() or not self.line.is_open():
            return False
        batch = self._lease()
        if batch is None:
            return False
        has_moved = self._send_out(batch)
        if not self.has_unrecorded:  # else the batch stays ours, until somebody reads our journal
            self.in_hand.discard(batch)
            self._release(batch)
        return has_moved

    def _has_work(self) -> bool:
        with self.db.read() as session:
            if has_work(session, self.clock()):
                return True
            sending = select(Run.id).where(Run.state == RunState.SENDING)
            if self.line.trouble and session.scalar(sending.limit(1)) is None:
                self.line.trouble = ""  # nothing wants to move any more
        self.line.rest()
        return False

    def _lease(self) -> BatchKey | None:
        now = self.clock()
        with self.db.write() as session:
            batch = lease_batch(session, self.engine, now)
            # A jump of the clock may void the lease of a batch that another thread of ours is working on.
            if batch is None or batch in self.in_hand:
                return None
            is_left_behind = has_left_behind(session, batch)
        if is_left_behind:
            # Not in the transaction above: it locks the batch before its run, and whoever cancels does the reverse.
            with self.db.write() as session:
                settle_left_behind(session, batch, self.engine, now)
        self.in_hand.add(batch)
        return batch

    def _send_out(self, batch: BatchKey) -> bool:
        has_moved = False
        try:
            while not self.stopping and self.line.goes_on() and (chunk := self._claim(batch)):
                results = self._send(batch, chunk)
                self._record(batch, results)
                has_moved |= any(result.event != Event.RETURN for result in results)
        except Unavailable:
            self.in_hand.discard(batch)  # the lease runs out by itself
            raise
        return has_moved

    def _claim(self, batch: BatchKey) -> list[Delivery]:
        with self.db.write() as session:
            self._checked = time.monotonic()
            return claim(session, batch, self.engine, CHUNK, self.clock())

    def _send(self, batch: BatchKey, chunk: Sequence[Delivery]) -> list[Result]:
        """What became of each copy. Raises nothing: what was claimed must come back with a result."""
        try:
            with self.db.read() as session:
                press = self.presses.of_run(session, batch[0])
                people = readers(session, {copy.person_id: copy.unit_ids for copy in chunk})
        except Unavailable:
            return [self._put_back(copy) for copy in chunk]
        except NewsletterError as error:
            return [Result(copy.id, Event.HOLD, str(error)) for copy in chunk]
        results: list[Result] = []
        dropped: dict[int, Event] = {}
        for index, copy in enumerate(chunk):
            if time.monotonic() - self._checked > STALE_AFTER:
                dropped |= self._look_again(batch, [rest.id for rest in chunk[index:]])
            if copy.id in dropped:
                results.append(Result(copy.id, dropped[copy.id], due_at=self.clock()))
            elif self.stopping or not self.line.goes_on():
                results.append(self._put_back(copy))
            else:
                results.append(self._send_one(press, people.get(copy.person_id), copy))
        return results

    def _look_again(self, batch: BatchKey, claimed: list[int]) -> dict[int, Event]:
        """Copies not to be sent after all: those to people who left, or all where this is no more our work."""
        try:
            with self.db.write() as session:
                self._checked = time.monotonic()
                run = session.get_one(Run, batch[0])
                if run.state == RunState.SENDING and renew_lease(session, batch, self.engine, self.clock()):
                    return dict.fromkeys(no_longer_wanted(session, run, claimed), Event.WITHHOLD)
        except Unavailable as error:
            log.warning("%s", error)
        return dict.fromkeys(claimed, Event.RETURN)

    def _put_back(self, copy: Delivery) -> Result:
        return Result(copy.id, Event.RETURN, self.line.trouble, self.clock())

    def _send_one(self, press: Press, reader: Reader | None, copy: Delivery) -> Result:
        try:
            envelope, octets = set_copy(press, reader, copy, self.clock())
            outcome = self.line.send(envelope, octets, copy.id)
        except NewsletterError as error:
            return Result(copy.id, Event.HOLD, str(error))
        return result_of(outcome, copy, self.clock())

    def _record(self, batch: BatchKey, results: Sequence[Result]) -> None:
        """Keep trying: the results exist nowhere else but in the journal."""
        pause = 0.1
        while not self._is_recorded(batch, results):
            self.has_unrecorded = self.stopping
            if self.stopping:
                return
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        self.line.journal.empty()

    def _is_recorded(self, batch: BatchKey, results: Sequence[Result]) -> bool:
        try:
            with self.db.write() as session:
                self._write_down(session, batch, results)
        except Unavailable as error:
            self.database_trouble = error.message
            log.warning("%s", error)
            return False
        self.database_trouble = ""
        return True

    def _write_down(self, session: Session, batch: BatchKey, results: Sequence[Result]) -> None:
        now = self.clock()
        run = session.get_one(Run, batch[0])
        for result in results:
            if result.event == Event.LOSE:
                lose(session, run, result, self.engine, now)
        record(session, [r for r in results if r.event != Event.LOSE], self.engine, now)

    def _release(self, batch: BatchKey) -> None:
        with self.db.write() as session:
            release_batch(session, batch, self.engine)
