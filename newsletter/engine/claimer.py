"""What an engine claims ahead where limits are in force, and brings back, while another thread sends.

It has batches of several runs in hand: one that its own rate holds back must not keep the others waiting.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from newsletter.engine.copies import Copies
from newsletter.engine.exchange import Exchange, Hand, Outcomes
from newsletter.engine.pacing import Waiting
from newsletter.errors import Unavailable
from newsletter.ledger.paced import PacedClaim
from newsletter.ledger.run import BatchKey
from newsletter.pace.admission import Wish

log = logging.getLogger(__name__)

_MOST: Final = 12  # batches in hand: of most only a few copies that wait for their domain's time
_PAUSE: Final = 0.01  # seconds between two looks at what is to be done
_BRING_AFTER: Final = 0.25  # seconds until a result is written down
_LOOK_AGAIN_AFTER: Final = 0.25  # seconds: whether they are still wanted who wait for their time
_LEASE_AFTER: Final = 0.1  # seconds between two looks for another batch
_WAITS_FOR: Final = 1.0  # seconds: how long a batch is kept of which nothing may go
_ASK_AFTER: Final = 1.0  # seconds between two looks for letters that are no copies
_NOTHING: Final = PacedClaim((), {})


@dataclass
class Held:
    """A batch in hand. `ask_at` is when to claim more of it (monotonic), if `has_more`."""

    batch: BatchKey
    counter: Exchange
    copies: Copies
    last: PacedClaim = _NOTHING
    has_more: bool = True
    ask_at: float = 0.0
    brought_at: float = field(default_factory=time.monotonic)
    wishes: dict[int, Wish] = field(default_factory=dict)
    late: int = 0

    def wants_more(self, now: float) -> bool:
        """Whether to claim more of its copies."""
        few = len(self.copies.open) < self.counter.asked // 2 + 1
        return self.has_more and self.copies.may_take_more and few and now >= self.ask_at

    def has_results(self, now: float) -> bool:
        """Whether results have waited long enough."""
        return bool(self.copies.results) and now - self.brought_at > _BRING_AFTER

    def is_done(self, now: float) -> bool:
        """Whether it can be given back: what its limits allow no sooner than in a while keeps no connection open."""
        is_at_rest = not self.copies.open and not self.copies.results
        return is_at_rest and not (self.has_more and self.copies.may_take_more and self.ask_at < now + _WAITS_FOR)


@dataclass
class Hands:
    """What the claimer asks of its sender. All may raise Unavailable, but `is_stopping` and `forget`."""

    lease: Callable[[Sequence[int]], BatchKey | None]
    hold: Callable[[BatchKey], Held]
    let_go: Callable[[BatchKey, datetime | None], None]
    forget: Callable[[Sequence[int]], None]
    look_again: Callable[[Sequence[Held]], None]
    has_errand: Callable[[], bool]
    is_stopping: Callable[[], bool]


class Claimer:
    """The thread. `wants_break`: something is to go out that is no copy. `is_over`: no batch is in hand any more."""

    def __init__(self, hands: Hands, waiting: Waiting) -> None:
        self._hands, self._waiting = hands, waiting
        self._held: list[Held] = []
        self._leased_at = self._looked_at = self._asked_at = time.monotonic()
        self._ending, self._is_paced = False, True
        self._thread = threading.Thread(target=self._run, name="claimer")
        self.wants_break = False
        self.is_over = False
        self.has_unrecorded = False
        self.trouble = ""
        self.failure: Exception | None = None

    def start(self, held: Held, hand: Hand) -> None:
        """Go on with a batch and what was claimed of it already."""
        self._held.append(held)
        self._arrive(held, hand)
        self._thread.start()

    def has_found_trouble(self) -> bool:
        """Whether the relay wants fewer connections, or lost one, since this was asked last."""
        troubled = [held.copies for held in (*self._held,) if held.copies.is_troubled]
        for copies in troubled:
            copies.is_troubled = False
        return bool(troubled)

    def stop(self) -> None:
        """Claim no more."""
        self._ending = True
        self._thread.join()

    def finish(self) -> None:
        """Write everything down and give all batches back, when nothing is on a wire any more and this has stopped."""
        for held in self._held:
            held.copies.put_back_all()
        self._bring_all()
        self._let_go_of_the_done()

    def _run(self) -> None:
        try:
            while not self._ending:
                if not self._step():
                    time.sleep(_PAUSE)
        except Exception as error:
            log.exception("the claims of a sender have failed")
            self.failure = error
        self.is_over = True

    def _step(self) -> bool:
        """Do what is most urgent; whether there was anything."""
        now = time.monotonic()
        try:
            if now - self._looked_at > _LOOK_AGAIN_AFTER:
                self._look_again()
                return True
            if now - self._asked_at > _ASK_AFTER:
                self._asked_at = now
                self.wants_break = self._hands.has_errand()
            if now - self._leased_at > _LEASE_AFTER and self._wants_another() and self._lease():
                return True
            return self._turns(now)
        except Unavailable as error:
            self._note_trouble(error)
            time.sleep(0.1)
        return False

    def _turns(self, now: float) -> bool:
        for held in self._held:
            if held.wants_more(now) or held.has_results(now):
                self._turn(held, goes_on=held.wants_more(now))
                return True
        self._let_go_of_the_done()
        self.is_over |= not self._held and not self._is_paced
        return False

    def _look_again(self) -> None:
        if some := [held for held in self._held if held.copies.open]:
            self._hands.look_again(some)
        self._looked_at = time.monotonic()

    def _wants_another(self) -> bool:
        """Whether nothing in hand can go on at once, and a batch of another run might."""
        if len(self._held) >= _MOST or not self._is_paced or self._hands.is_stopping():
            return False
        return not any(held.has_more and held.last.stop is None for held in self._held)

    def _lease(self) -> bool:
        self._leased_at = time.monotonic()
        held_back = [held.batch[0] for held in self._held if held.has_more]
        batch = self._hands.lease(held_back)
        if batch is None:
            self.is_over = not self._held
            return False
        try:
            self._held.append(self._hands.hold(batch))
        except Unavailable:
            self._hands.let_go(batch, None)
            raise
        return True

    def _turn(self, held: Held, *, goes_on: bool) -> None:
        """Bring results until they are taken, and claim more."""
        results = held.copies.drain()
        blocked = {one.delivery_id: held.copies.blocked.pop(one.delivery_id)
                   for one in results if one.delivery_id in held.copies.blocked}  # fmt: skip
        late, held.late = held.copies.late - held.late, held.copies.late
        outcomes = Outcomes(results, blocked, late, time.monotonic() - held.brought_at)
        before = Hand(replace(held.last, wishes=held.wishes), {})
        held.counter.learn(before, outcomes)
        hand = self._exchange(held, before, outcomes, goes_on=goes_on)
        held.brought_at = time.monotonic()
        for one in results:
            held.wishes.pop(one.delivery_id, None)
        if hand is not None and goes_on:
            self._arrive(held, hand)

    def _exchange(self, held: Held, before: Hand, outcomes: Outcomes, *, goes_on: bool) -> Hand | None:
        pause = 0.1
        while True:
            try:
                hand = held.counter.turn(
                    held.batch, before, outcomes, goes_on=goes_on and not self._hands.is_stopping()
                )
            except Unavailable as error:
                self._note_trouble(error)
                if not outcomes.results:
                    raise
                self.has_unrecorded = self._hands.is_stopping()
                if self.has_unrecorded:
                    return None
                time.sleep(pause)
                pause = min(pause * 2, 5.0)
                continue
            self.trouble = ""
            self._hands.forget([result.delivery_id for result in outcomes.results])
            return hand

    def _arrive(self, held: Held, hand: Hand) -> None:
        claim = hand.claim
        held.last = replace(claim, copies=(), wishes={})
        self._is_paced = bool(claim.slots) or not claim.copies
        held.has_more = self._is_paced and (not claim.is_all or claim.stop is not None)
        held.ask_at = time.monotonic()
        if claim.stop is not None:
            held.ask_at += max(0.0, (claim.stop.until - held.counter.clock()).total_seconds())
        held.wishes |= {copy.id: claim.wishes[copy.id] for copy in claim.copies if copy.id in claim.wishes}
        self._waiting.add(held.copies, claim.copies, hand.people, claim.slots)

    def _bring_all(self) -> None:
        for held in self._held:
            if held.copies.results:
                self._turn(held, goes_on=False)

    def _let_go_of_the_done(self) -> None:
        for held in [one for one in self._held if self._ending or one.is_done(time.monotonic())]:
            self._held.remove(held)
            if self.has_unrecorded:
                continue
            try:
                self._hands.let_go(held.batch, held.last.stop.until if held.last.stop else None)
            except Unavailable as error:
                self._note_trouble(error)  # the lease runs out by itself

    def _note_trouble(self, error: Unavailable) -> None:
        self.trouble = error.message
        log.warning("%s", error)
