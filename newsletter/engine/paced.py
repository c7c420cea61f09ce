"""Sending where limits are in force: each copy when its time has come, of the batches of several runs in turn.

One thread sends, so that no time is missed; beside it the claimer claims ahead and writes down what became of copies.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from newsletter.bulletin.compose import Press
from newsletter.engine.claimer import Claimer, Hands, Held
from newsletter.engine.exchange import Hand
from newsletter.engine.pacing import Trip, Waiting
from newsletter.engine.passage import Passage
from newsletter.errors import Misconfigured, NewsletterError, Unavailable
from newsletter.ledger.claim import lease_beside
from newsletter.ledger.run import BatchKey

if TYPE_CHECKING:
    from newsletter.engine.send import Sender

_LONGEST: Final = 10.0  # seconds until the lines rest for a moment: seats are given anew, and letters go that wait
_SWITCHED: Final = 0.0005  # seconds
_NAP: Final = 0.02  # seconds
_STALE_AFTER: Final = 0.8  # seconds: the claimer looks every quarter, so that the thread that sends need not


class Paced:
    """What one sender does until no copies have times any more."""

    def __init__(self, sender: "Sender") -> None:
        self._sender = sender
        self._lines = [*sender.lines.all]
        self._waiting = Waiting()
        hands = Hands(
            lease=self._lease,
            hold=self._hold,
            let_go=sender.let_go,
            forget=self._forget,
            look_again=self._look_again,
            has_errand=lambda: sender.errands.has_any(sender),
            is_stopping=lambda: sender.stopping,
        )
        self._claimer = Claimer(hands, self._waiting)

    def send(self, batch: BatchKey, hand: Hand) -> bool:
        """Begin with what was claimed of a batch; whether anything came of any."""
        sender, settled = self._sender, 0
        try:
            held = self._hold(batch)
        except Unavailable:
            sender.give_up(batch)
            raise
        self._claimer.start(held, hand)
        # A claim that computes would keep the thread that sends from the interpreter for longer than a copy may wait.
        sys.setswitchinterval(_SWITCHED)
        try:
            while not (sender.stopping or self._claimer.is_over) and sender.lines.seated:
                settled += self._go()
                self._pause()
        except Misconfigured as error:  # the keys went away just now
            sender.key_trouble = str(error)
        finally:
            self._end()
        if self._claimer.failure is not None:
            raise self._claimer.failure
        return settled > 0

    def _go(self) -> int:
        sender, ends_at = self._sender, time.monotonic() + _LONGEST

        def is_over() -> bool:
            claimer = self._claimer
            has_to_stop = sender.stopping or claimer.is_over or claimer.wants_break or sender.lines.has_lost_one()
            return has_to_stop or not sender.lines.has_room() or time.monotonic() > ends_at

        trip = Trip(self._waiting, sender.signer(), is_over)
        passage = sender.lines.passage(
            trip.letters(), trip.last_look, is_stopping=lambda: sender.stopping, next_at=lambda: trip.next_at
        )
        trip.take_in(passage.settled(may_leave=True))
        trip.end()
        is_troubled = self._claimer.has_found_trouble()
        sender.pool.note(sender.counter.relay, trip.accepted, time.monotonic(), is_troubled=is_troubled, has_time=True)
        if passage.silent:
            self._leave_behind(trip, passage)
        return trip.settled

    def _pause(self) -> None:
        """Send what waits beside copies, and sit down anew."""
        sender = self._sender
        sender.database_trouble = self._claimer.trouble
        while not sender.lines.has_room() and not (sender.stopping or self._claimer.is_over):
            time.sleep(_NAP)  # until what became of the copies is written down
        sender.stands_up()
        if self._claimer.wants_break:
            try:
                sender.errands.run(sender)
            except Unavailable as error:
                sender.database_trouble = error.message
            self._claimer.wants_break = False
        if not sender.stopping:
            sender.sits_down()

    def _end(self) -> None:
        sender = self._sender
        self._claimer.stop()
        sender.behind.join()
        self._waiting.put_back_all()
        self._claimer.finish()
        sender.has_unrecorded |= self._claimer.has_unrecorded
        if not sender.has_unrecorded and self._claimer.failure is None:
            sender.lines.empty_journals()

    def _leave_behind(self, trip: Trip, passage: Passage) -> None:
        """Go on without the lines whose servers are silent."""
        apart = self._sender.lines.part_with(passage.silent)
        for _ in apart.all:
            self._sender.pool.give(self._sender.counter.relay)

        def wait() -> None:
            trip.take_in(passage.settled())
            trip.end()
            self._sender.lines.take_back(apart)

        self._sender.behind.begin(wait)

    def _lease(self, others: Sequence[int]) -> BatchKey | None:
        def take(session: Session, engine: str, now: datetime) -> BatchKey | None:
            return lease_beside(session, engine, now, others)

        return self._sender.lease(take)

    def _hold(self, batch: BatchKey) -> Held:
        sender = self._sender
        sender.send_off.set_text(batch)
        press: Press | NewsletterError
        try:
            press = sender.presses.of_batch(sender.counter.db, batch)
        except Unavailable:
            raise
        except NewsletterError as error:
            press = error
        copies = sender.send_off.copies(batch, press, time.monotonic())
        copies.stale_after = _STALE_AFTER
        return Held(batch, replace(sender.counter), copies)

    def _look_again(self, held: Sequence[Held]) -> None:
        began = time.monotonic()
        by_batch = sorted(held, key=lambda one: one.batch)
        unwanted = self._sender.send_off.unwanted([(one.batch, one.copies.unsent) for one in by_batch])
        for one, found in zip(by_batch, unwanted, strict=True):
            one.copies.drop(found, began)

    def _forget(self, delivery_ids: Sequence[int]) -> None:
        gone = frozenset(delivery_ids)
        for line in self._lines:
            line.journal.forget(gone)
