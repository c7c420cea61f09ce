"""Between two chunks: what became of the last copies is written down, and the next are claimed, in one transaction.

Their readers are looked up in it as well: a transaction of their own would cost more turns to the server.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.bulletin.readers import readers
from newsletter.bulletin.values import Reader
from newsletter.db import Database
from newsletter.engine.doubt import lose
from newsletter.ledger.again import Runs, hold_run
from newsletter.ledger.claim import claim_leased, renew_lease
from newsletter.ledger.paced import PacedClaim, claim_paced, give_back_slots
from newsletter.ledger.record import Result, record_held
from newsletter.ledger.run import BatchKey, Run
from newsletter.ledger.states import Event
from newsletter.ledger.tally import take_away
from newsletter.pace.admission import Errand
from newsletter.pace.limits import Limits, limits_in_force
from newsletter.pace.pause import block_domain
from newsletter.pace.throughput import note_accepted

_SEEN = 60  # copies looked at, at least, where a limit is reached: those of a slow domain are to be among them
FEWEST, MOST = 10, 700  # copies claimed at a time
_MOST_EMBEDDED = 500  # on SQLite: there is no server to take turns with, and an engine stays smaller
_CLAIMED_FOR = 0.25  # seconds of work in hand: a dead host leaves that much in doubt, a pause takes that long
_NOTED_EVERY = 1.0  # seconds between two notes of how fast a run goes


@dataclass(frozen=True, slots=True)
class Hand:
    """What a sender has in hand: claimed copies, and their readers by person id."""

    claim: PacedClaim
    people: Mapping[int, Reader]

    def empty(self) -> "Hand":
        """The same when all copies have a result: they and the next ones at once would take a megabyte more."""
        return Hand(replace(self.claim, copies=()), {})


NOTHING = Hand(PacedClaim((), {}), {})


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of a chunk: its results, the domains that refuse us by delivery id, how many missed their slot."""

    results: Sequence[Result] = ()
    blocked: Mapping[int, str] = field(default_factory=dict)
    late: int = 0
    seconds: float = 0.0


@dataclass
class Exchange:
    """The ledger's counter, for one sender. `zone` is where the days of the house begin."""

    db: Database
    engine: str
    relay: str
    clock: Callable[[], datetime]
    zone: str = "UTC"
    claimed_at: float = field(default=0.0, init=False)  # monotonic
    asked: int = field(default=50, init=False)  # copies, the last time
    _limit: int = field(default=50, init=False)
    _limits: Limits | None = field(default=None, init=False)
    _accepted: int = field(default=0, init=False)  # and not noted yet
    _noted_at: float = field(default=0.0, init=False)

    def learn(self, held: Hand, outcomes: Outcomes) -> None:
        """Learn from a chunk how many copies to ask for next. Once for each chunk, however often `turn` is tried."""
        self.asked = self._next_limit(held.claim, outcomes)
        self._accepted += sum(result.event == Event.ACCEPT for result in outcomes.results)

    def turn(self, batch: BatchKey, held: Hand, outcomes: Outcomes, *, goes_on: bool) -> Hand:
        """Write down what became of the copies held, and claim the next if the work goes on. Raises Unavailable."""
        now = self.clock()
        self.claimed_at = time.monotonic()
        is_noted = bool(outcomes.results) and (not goes_on or self.claimed_at - self._noted_at > _NOTED_EVERY)
        with self.db.write() as session:
            # Run, batch, copies: the order in which cancelling takes them, so that neither waits in a circle.
            runs = hold_run(session, batch[0])
            is_ours = renew_lease(session, batch, self.engine, now)
            if outcomes.results:
                if not is_ours:
                    take_away(session, [batch])  # as renewing does
                self._write_down(session, runs, held.claim, outcomes, now)
                if is_noted:
                    note_accepted(session, batch[0], self.engine, self._accepted, now)
            taken = self._take(session, batch, now) if goes_on and is_ours else NOTHING
        if is_noted:
            self._accepted, self._noted_at = 0, self.claimed_at
        return taken

    def _take(self, session: Session, batch: BatchKey, now: datetime) -> Hand:
        claim = self._claim(session, batch, now)
        return Hand(claim, readers(session, {copy.person_id: copy.unit_ids for copy in claim.copies}))

    def _claim(self, session: Session, batch: BatchKey, now: datetime) -> PacedClaim:
        self._limits = limits_in_force(session, self._limits)
        if self._limits.is_empty:
            copies, is_all = claim_leased(session, batch, self.engine, self.asked, now)
            return PacedClaim(copies, {}, is_all=is_all)
        return claim_paced(session, self._limits, self._errand(batch[0]), batch, self.engine, self.asked, now)

    def _write_down(self, session: Session, runs: Runs, held: PacedClaim, outcomes: Outcomes, now: datetime) -> None:
        (run_id,) = runs
        results = self._behind_pauses(session, outcomes, now) if outcomes.blocked else outcomes.results
        known = [result for result in results if result.event != Event.LOSE]
        if len(known) < len(results):
            run = session.get_one(Run, run_id)
            for result in results:
                if result.event == Event.LOSE:
                    lose(session, run, result, self.engine, now)
        record_held(session, runs, known, self.engine, now)
        if held.wishes and self._limits:
            returned = [result.delivery_id for result in results if result.event == Event.RETURN]
            give_back_slots(session, self._limits, self._errand(run_id), held, returned, now)

    def _behind_pauses(self, session: Session, outcomes: Outcomes, now: datetime) -> list[Result]:
        """Pause the domains that refuse us, and let their copies wait behind the pause: it is not about the people."""
        words: dict[str, str] = {}
        for result in outcomes.results:
            if result.delivery_id in outcomes.blocked:
                words.setdefault(outcomes.blocked[result.delivery_id], result.reply)
        ends = {
            domain: block_domain(session, domain, words[domain], by=self.engine, now=now) for domain in sorted(words)
        }
        return [
            result._replace(event=Event.DEFER, due_at=ends[outcomes.blocked[result.delivery_id]])
            if result.delivery_id in outcomes.blocked and result.event != Event.EXPIRE
            else result
            for result in outcomes.results
        ]

    def _next_limit(self, held: PacedClaim, outcomes: Outcomes) -> int:
        """How many copies to ask for: a quarter of a second's work, or as many as keep their slots."""
        if held.stop is not None:
            # Those for whom there is no slot would be looked at in vain, while all engines wait for the limit.
            self._limit = max(_SEEN, min(self._most, 3 * len(held.slots) + 2 * held.put_off))
        elif held.slots or held.put_off:
            # Whoever is too slow for slots in a row asks for few, so that others can have those between.
            is_slow = outcomes.late * 10 > len(outcomes.results)
            self._limit = max(1, self._limit // 4) if is_slow else min(self._most, self._limit * 2)
        elif outcomes.results:
            self._limit = int(len(outcomes.results) * _CLAIMED_FOR / max(outcomes.seconds, 0.001))
            self._limit = max(FEWEST, min(self._most, self._limit))
        return self._limit

    @property
    def _most(self) -> int:
        return _MOST_EMBEDDED if self.db.is_sqlite else MOST

    def _errand(self, run_id: int) -> Errand:
        return Errand(run_id, self.relay, self.zone)
