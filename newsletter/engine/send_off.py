"""A chunk's send-off: what it says, and whether they still want it whom it goes to."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.bulletin.compose import Press
from newsletter.engine.copies import Copies
from newsletter.engine.effort import Effort
from newsletter.engine.exchange import Exchange, Hand, Outcomes
from newsletter.engine.lines import Lines
from newsletter.engine.press import Presses
from newsletter.engine.round import Round, put_back
from newsletter.errors import Misconfigured, NewsletterError, Unavailable
from newsletter.ledger.claim import no_longer_wanted, renew_lease, sending_about
from newsletter.ledger.record import Result
from newsletter.ledger.run import BatchKey
from newsletter.ledger.states import Event
from newsletter.message.dkim import DkimSigner
from newsletter.smtp.pool import Pool

log = logging.getLogger(__name__)

BUSY = 0.8  # of one core: above it this process, not the relay, is what another connection would wait for


@dataclass(frozen=True, slots=True)
class SendOff:
    """For one sender, with what it has."""

    counter: Exchange
    lines: Lines
    presses: Presses
    pool: Pool
    signer: Callable[[], DkimSigner | None]
    is_stopping: Callable[[], bool]

    def set_text(self, batch: BatchKey) -> None:
        """Have the text set before copies are claimed: that may take a second. What is wrong with it, `send` tells."""
        with suppress(NewsletterError):
            self.presses.of_batch(self.counter.db, batch).set_alike()

    def send(self, batch: BatchKey, hand: Hand) -> tuple[Outcomes, Round | None]:
        """What became of each copy, and what is to `finish` where silent servers have some of them.

        Raises nothing: what was claimed must come back with a result.
        """
        began, claimed = Effort.now(), hand.claim
        try:
            press = self.presses.of_batch(self.counter.db, batch)
            signer = self.signer()
        except (Unavailable, Misconfigured) as error:
            return Outcomes(put_back(claimed.copies, self.counter.clock(), str(error))), None
        except NewsletterError as error:
            return Outcomes([Result(copy.id, Event.HOLD, str(error)) for copy in claimed.copies]), None

        copies = self.copies(batch, press, self.counter.claimed_at)
        going = Round(self.lines, copies, hand.people, signer, self.is_stopping)
        results = going.send(claimed.copies)
        ended = Effort.now()
        has_time = ended.since(began) < BUSY
        self._note(results, ended.wall, is_troubled=copies.is_troubled, has_time=has_time)
        outcomes = Outcomes(results, copies.blocked, seconds=ended.wall - began.wall)
        return outcomes, going if going.is_held_up else None

    def copies(self, batch: BatchKey, press: Press | NewsletterError, claimed_at: float) -> Copies:
        """What the copies of a batch are held in; with an error in place of the press it holds each of them."""
        return Copies(
            press, lambda ids: self._look_again(batch, ids), self.counter.clock, lambda: self.lines.trouble, claimed_at
        )

    def finish(self, going: Round) -> Outcomes:
        """What became of the copies that silent servers have. Waits for these."""
        results = going.finish()
        self._note(results, time.monotonic(), is_troubled=going.copies.is_troubled, has_time=False)
        return Outcomes(results, going.copies.blocked)

    def _note(self, results: Sequence[Result], now: float, *, is_troubled: bool, has_time: bool) -> None:
        accepted = sum(result.event == Event.ACCEPT for result in results)
        self.pool.note(self.counter.relay, accepted, now, is_troubled=is_troubled, has_time=has_time)

    def _look_again(self, batch: BatchKey, claimed: Sequence[int]) -> dict[int, Event]:
        """Copies not to be sent after all: those to people who left, or all where this is no more our work."""
        try:
            return self.unwanted([(batch, claimed)])[0]
        except Unavailable as error:
            log.warning("%s", error)
        return dict.fromkeys(claimed, Event.RETURN)

    def unwanted(self, claimed: Sequence[tuple[BatchKey, Sequence[int]]]) -> list[dict[int, Event]]:
        """The same of several batches in one transaction. Raises Unavailable."""
        with self.counter.db.write() as session:
            return [self._unwanted(session, batch, ids) for batch, ids in sorted(claimed)]

    def _unwanted(self, session: Session, batch: BatchKey, claimed: Sequence[int]) -> dict[int, Event]:
        now, about = self.counter.clock(), sending_about(session, batch[0])
        if about is not None and renew_lease(session, batch, self.counter.engine, now):
            return dict.fromkeys(no_longer_wanted(session, about, claimed, now), Event.WITHHOLD)
        return dict.fromkeys(claimed, Event.RETURN)
