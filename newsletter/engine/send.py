"""One thread's work: lease a batch, claim copies, send them, record what became of them, and again.

No database session is open while we talk to the relay.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.engine.behind import Behind
from newsletter.engine.doubt import has_left_behind, settle_left_behind
from newsletter.engine.exchange import NOTHING, Exchange, Hand, Outcomes
from newsletter.engine.lines import Lines
from newsletter.engine.paced import Paced
from newsletter.engine.press import Presses
from newsletter.engine.round import Round
from newsletter.engine.send_off import SendOff
from newsletter.errors import Misconfigured, Unavailable
from newsletter.ledger.claim import (
    has_work,
    lease,
    lease_batch,
    release_batch,
)
from newsletter.ledger.run import BatchKey, Run, RunState
from newsletter.ledger.states import Event
from newsletter.message.dkim import DkimSigner
from newsletter.post.due import has_due
from newsletter.smtp.pool import Pool

log = logging.getLogger(__name__)


_PATIENCE, _NAP = 0.3, 0.02  # seconds
_LONGEST_TURN = 2.0  # seconds with one batch: test mails and other runs want their turn too


@dataclass(frozen=True, slots=True)
class Errands:
    """What is to go out beside copies: whether there is any for a sender, and having it sent."""

    has_any: Callable[["Sender"], bool]
    run: Callable[["Sender"], None]


NO_ERRANDS = Errands(lambda _: False, lambda _: None)


@dataclass
class Sender:
    """What one thread of an engine works with. `in_hand` holds the batches of all threads of this engine.

    `counter` is where copies are claimed and results handed in; `pool` gives a seat at the relay for each batch.
    `signer` gives the DKIM signer of our letters, None where they are not signed; it raises Misconfigured.
    """

    counter: Exchange
    lines: Lines
    presses: Presses
    in_hand: set[BatchKey]
    pool: Pool
    signer: Callable[[], DkimSigner | None] = lambda: None
    database_trouble: str = ""
    key_trouble: str = ""
    stopping: bool = False
    has_unrecorded: bool = False
    errands: Errands = NO_ERRANDS

    def __post_init__(self) -> None:
        self.behind = Behind()
        self.send_off = SendOff(self.counter, self.lines, self.presses, self.pool, self.signer, lambda: self.stopping)

    @property
    def trouble(self) -> str:
        """Why nothing moves, empty when all is well."""
        return self.database_trouble or self.key_trouble or self.lines.trouble

    def work(self) -> bool:
        """Send what one batch has; whether the relay answered for any. Raises Unavailable when the database is away."""
        return self._has_work() and self._work_on(lease_batch)

    def work_on(self, batch: BatchKey) -> bool:
        """The same with one batch, if it is due and nobody's; waits a moment for a seat."""
        give_up = time.monotonic() + _PATIENCE
        while (
            not self.pool.has_seat(self.counter.relay, time.monotonic())
            and time.monotonic() < give_up
            and not self.stopping
        ):
            time.sleep(_NAP)
        return self._work_on(lambda session, engine, now: lease(session, batch, engine, now))

    def _work_on(self, take: Callable[[Session, str, datetime], BatchKey | None]) -> bool:
        self.behind.check()
        if not self.sits_down():
            return False
        try:
            return self._work_seated(take)
        finally:
            self.stands_up()

    def sits_down(self, *, with_one: bool = False) -> bool:
        """Whether something can go out now: our keys are there, and the relay has a seat for us and answers.

        Each line takes a seat while there are any, or only one does.
        """
        wants_more = self._has_keys() and self.lines.has_another()
        while wants_more and self.pool.take(self.counter.relay, time.monotonic()):
            if not self.lines.opens_another():
                self.pool.fail(self.counter.relay, time.monotonic())
                break
            wants_more = self.lines.has_another() and not with_one
        return self.lines.seated > 0

    def stands_up(self) -> None:
        """Leave the seats to others."""
        while self.lines.seated:
            self.pool.give(self.counter.relay)
            self.lines.seated -= 1

    def _work_seated(self, take: Callable[[Session, str, datetime], BatchKey | None]) -> bool:
        batch = self.lease(take)
        if batch is None:
            return False
        has_moved, hand = self._send_out(batch)
        if hand.claim.copies:
            return Paced(self).send(batch, hand) or has_moved
        self.let_go(batch, hand.claim.stop.until if hand.claim.stop else None)
        return has_moved

    def let_go(self, batch: BatchKey, not_before: datetime | None = None) -> None:
        """Give the batch back, if none of its copies was left behind."""
        # Where something is not recorded the batch stays ours, until somebody reads our journal.
        if not self.has_unrecorded and self.behind.let_go(batch):
            self.in_hand.discard(batch)
            with self.counter.db.write() as session:
                release_batch(session, batch, self.counter.engine, self.counter.clock(), not_before=not_before)

    def give_up(self, batch: BatchKey) -> None:
        """Have a batch no more, without the database: the lease runs out by itself."""
        if self.behind.let_go(batch):
            self.in_hand.discard(batch)

    def rest(self) -> None:
        """While there is nothing to do: hang up after a while, and forget the trouble that nothing suffers from."""
        if self.lines.trouble:
            with self.counter.db.read() as session:
                sending = select(Run.id).where(Run.state == RunState.SENDING)
                if session.scalar(sending.limit(1)) is None and not has_due(session, self.counter.clock()):
                    self.lines.forget_trouble()
        self.lines.rest()

    def _has_work(self) -> bool:
        with self.counter.db.read() as session:
            if has_work(session, self.counter.clock()):
                return True
        self.rest()
        return False

    def _has_keys(self) -> bool:
        try:
            self.signer()
        except Misconfigured as error:
            self.key_trouble = str(error)
            return False
        self.key_trouble = ""
        return True

    def lease(self, take: Callable[[Session, str, datetime], BatchKey | None]) -> BatchKey | None:
        """A batch in hand, or None where `take` gives none. Raises Unavailable."""
        now = self.counter.clock()
        with self.counter.db.write() as session:
            batch = take(session, self.counter.engine, now)
            # A jump of the clock may void the lease of a batch that another thread of ours is working on.
            if batch is None or batch in self.in_hand:
                return None
            is_left_behind = has_left_behind(session, batch)
        if is_left_behind:
            # Not in the transaction above: it locks the batch before its run, and whoever cancels does the reverse.
            with self.counter.db.write() as session:
                settle_left_behind(session, batch, self.counter.engine, now)
        self.in_hand.add(batch)
        self.behind.hold(batch)
        return batch

    def _send_out(self, batch: BatchKey) -> tuple[bool, Hand]:
        """Send as fast as can be; whether anything was, and what is left in hand because it has times to go at."""
        has_moved, leaves_at = False, time.monotonic() + _LONGEST_TURN
        self.send_off.set_text(batch)
        try:
            hand = self._turn(self.counter, self.lines, batch, NOTHING, Outcomes(), goes_on=True)
            while hand.claim.copies and not hand.claim.slots:
                outcomes, held_up = self.send_off.send(batch, hand)
                has_moved |= any(result.event != Event.RETURN for result in outcomes.results)
                hand = hand.empty()
                hand = self._next(batch, hand, outcomes, held_up, leaves_at)
        except Unavailable:
            self.give_up(batch)
            raise
        return has_moved, hand

    def _next(self, batch: BatchKey, held: Hand, outcomes: Outcomes, held_up: Round | None, leaves_at: float) -> Hand:
        if self.behind.has_come_back():
            self.sits_down()
        if held_up is not None:
            return self._next_without(held_up, batch, held, outcomes)
        # Nobody else can go on with a batch while copies of it are left behind.
        has_time = time.monotonic() < leaves_at or self.behind.holds(batch)
        goes_on = has_time and not held.claim.is_all
        return self._turn(self.counter, self.lines, batch, held, outcomes, goes_on=goes_on)

    def _next_without(self, going: Round, batch: BatchKey, held: Hand, outcomes: Outcomes) -> Hand:
        """Go on without the lines whose servers are silent: one that hangs would hold up all others for ten minutes."""
        apart = self.lines.part_with(going.silent)
        for _ in apart.all:
            self.pool.give(self.counter.relay)
        has_seat = self.sits_down()
        self.behind.hold(batch)
        counter = replace(self.counter)
        try:
            hand = self._turn(self.counter, self.lines, batch, held, outcomes, goes_on=has_seat)
            if not self.has_unrecorded:
                apart.forget_all_but(going.copies.on_wire)
            return hand
        finally:
            self.behind.begin(lambda: self._wait(counter, apart, batch, held, going))

    def _wait(self, counter: Exchange, apart: Lines, batch: BatchKey, held: Hand, going: Round) -> None:
        """Hear what became of the copies that were left behind, and have their lines back."""
        outcomes = self.send_off.finish(going)
        if outcomes.results:  # else the server was silent at an envelope, and the copy went over another line
            self._turn(counter, apart, batch, held, outcomes, goes_on=False)
        if self.has_unrecorded:
            apart.close()  # its journal is for the next engine, and nobody here may empty it
            return
        self.lines.take_back(apart)
        try:
            self.let_go(batch)
        except Unavailable as error:
            log.warning("%s", error)  # the lease runs out by itself

    def _turn(
        self, counter: Exchange, lines: Lines, batch: BatchKey, held: Hand, outcomes: Outcomes, *, goes_on: bool
    ) -> Hand:
        """Hand in what became of the last copies, and get the next.

        Results are brought until they are taken, for they exist nowhere else but in the journal. Raises Unavailable
        only where there are none.
        """
        pause = 0.1
        counter.learn(held, outcomes)
        while True:
            try:
                goes_on = goes_on and not self.stopping and lines.goes_on()
                hand = counter.turn(batch, held, outcomes, goes_on=goes_on)
            except Unavailable as error:
                self.database_trouble = error.message
                log.warning("%s", error)
                if not outcomes.results:
                    raise
                self.has_unrecorded = self.stopping
                if self.stopping:
                    return NOTHING
                time.sleep(pause)
                pause = min(pause * 2, 5.0)
                continue
            self.database_trouble = ""
            lines.empty_journals()
            return hand
