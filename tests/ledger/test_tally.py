"""The tallies on the batches are the rows, counted, whatever happened in which order and at once."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update

from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.ledger import control, decide
from newsletter.ledger.claim import LEASE, claim, lease, release_batch
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.progress import progress
from newsletter.ledger.record import Result, record, record_one
from newsletter.ledger.run import Batch, BatchKey
from newsletter.ledger.shift import shift
from newsletter.ledger.states import Event, State
from newsletter.ledger.tally import counted, tally_idle
from newsletter.links import Links
from tests import cast
from tests.ledger import stage

BATCHES = 3
ON_THE_WIRE = (Event.ACCEPT, Event.DEFER, Event.REFUSE, Event.LOSE, Event.HOLD, Event.EXPIRE, Event.RETURN)
LATER = (Event.BOUNCE, Event.ACCEPT, Event.LOSE, Event.RESEND, Event.LET_BE, Event.REFUSE)


@pytest.fixture
def run(db: Database, links: Links, now: datetime) -> int:
    """A run in three batches."""
    with db.write() as session:
        cast.play(session, now)
    run_id = stage.started(db, links, now)
    with db.write() as session:
        for copy in session.scalars(select(Delivery)):
            copy.batch = copy.id % BATCHES
        session.execute(update(Batch).values(tally=None))
        session.add_all([Batch(run_id=run_id, number=number, due_at=now) for number in range(1, BATCHES)])
    return run_id


def rows(db: Database, run_id: int) -> Counter[State]:
    with db.read() as session:
        query = select(Delivery.state, func.count()).where(Delivery.run_id == run_id).group_by(Delivery.state)
        return Counter({State(state): count for state, count in session.execute(query)})


def tallies(db: Database, run_id: int) -> Counter[State]:
    with db.read() as session:
        return counted(session, [run_id])[run_id]


def kept(db: Database) -> int:
    """How many batches need not be counted."""
    with db.read() as session:
        return session.scalar(select(func.count()).where(Batch.tally.is_not(None))) or 0


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a die, so that a failure comes again


class Story:
    """Acts of two engines and a colleague, one after the other, as a die says."""

    def __init__(self, db: Database, run_id: int, now: datetime, seed: int) -> None:
        self.db, self.run_id, self.now, self.die = db, run_id, now, dice(seed)
        self.held: dict[BatchKey, list[int]] = {}

    def step(self) -> None:
        acts = (self.take, self.tell, self.tell, self.give_back, self.later, self.later, self.count, self.colleague)
        self.now += timedelta(seconds=self.die.choice((1, 60, LEASE.total_seconds() + 1, 40_000)))
        self.die.choice(acts)()

    def engine(self) -> str:
        return self.die.choice(("one", "two"))

    def batch(self) -> BatchKey:
        return self.run_id, self.die.randrange(BATCHES)

    def take(self) -> None:
        batch, engine = self.batch(), self.engine()
        with self.db.write() as session:
            lease(session, batch, engine, self.now)
            self.held[batch] = [copy.id for copy in claim(session, batch, engine, 2, self.now)] or self.held.get(
                batch, []
            )

    def tell(self) -> None:
        """An engine brings results, perhaps of a batch that it lost long ago."""
        batch = self.batch()
        results = [Result(id_, self.die.choice(ON_THE_WIRE), "words", self.now) for id_ in self.held.get(batch, [])]
        with self.db.write() as session:
            record(session, batch, results, self.engine(), self.now)

    def give_back(self) -> None:
        with self.db.write() as session:
            release_batch(session, self.batch(), self.engine(), self.now)

    def later(self) -> None:
        copy = self.die.choice(stage.copies(self.db, self.run_id))
        with self.db.write() as session:
            record_one(session, Result(copy.id, self.die.choice(LATER), "words"), "mailbox", self.now)

    def count(self) -> None:
        tally_idle(self.db, self.now)
        finish_idle(self.db, self.now)

    def withhold(self) -> None:
        copy = self.die.choice(stage.copies(self.db, self.run_id))
        with self.db.write() as session:
            shift(session, Delivery.person_id == copy.person_id, Event.WITHHOLD, "eve", self.now)

    def colleague(self) -> None:
        acts: list[Callable[[], object]] = [self.withhold]
        decisions = (decide.resend_in_doubt, decide.let_be, decide.release, decide.retry_expired, decide.retry_refused)
        all_of_them = (*decisions, control.pause, control.resume, control.resume)
        acts += [partial(act, self.db, self.run_id, "ada", self.now) for act in all_of_them]
        if self.die.random() < 0.05:
            acts = [lambda: control.cancel(self.db, self.run_id, "ada", self.now)]
        with suppress(Conflict):
            self.die.choice(acts)()


@pytest.mark.parametrize("seed", range(4))
def test_after_any_sequence_of_acts_the_tallies_are_the_rows(db: Database, run: int, now: datetime, seed: int) -> None:
    story, seen, were_kept = Story(db, run, now, seed), Counter[str](), 0
    for _ in range(80):
        story.step()
        assert tallies(db, run) == rows(db, run)
        seen.update(rows(db, run))
        were_kept = max(were_kept, kept(db))
    assert were_kept == BATCHES
    assert len(seen) > 4


def test_every_batch_of_a_run_that_starts_has_its_tally(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run_id = stage.started(db, links, now)
    assert kept(db) == 1
    assert tallies(db, run_id) == {State.WAITING: 4}


def test_a_batch_in_hand_is_counted_and_one_given_back_is_not(db: Database, run: int, now: datetime) -> None:
    tally_idle(db, now)
    assert kept(db) == BATCHES
    with db.write() as session:
        assert lease(session, (run, 1), "engine", now)
    assert kept(db) == BATCHES - 1
    assert tally_idle(db, now) == 0
    with db.write() as session:
        release_batch(session, (run, 1), "engine", now)
    assert kept(db) == BATCHES


def test_who_counts_and_who_changes_at_once_agree(db: Database, run: int, now: datetime) -> None:
    copies, over = stage.copies(db, run), threading.Event()

    def change(seed: int) -> None:
        die = dice(seed)
        for _ in range(40):
            with db.write() as session:
                event = die.choice((Event.BOUNCE, Event.RESEND, Event.ACCEPT))
                record_one(session, Result(die.choice(copies).id, event, "words"), "mailbox", now)

    def count() -> None:
        while not over.is_set():
            tally_idle(db, now)

    changers = [threading.Thread(target=change, args=(seed,)) for seed in range(4)]
    counter = threading.Thread(target=count)
    for thread in (*changers, counter):
        thread.start()
    for thread in changers:
        thread.join()
    over.set()
    counter.join()
    tally_idle(db, now)
    assert kept(db) == BATCHES
    assert tallies(db, run) == rows(db, run)


def test_who_was_left_out_is_counted_once_when_the_run_starts(db: Database, run: int, now: datetime) -> None:
    with db.write() as session:
        before = progress(session, run, now).left_out
        session.execute(update(stage.Run).values(left_out=None))
    with db.read() as session:
        assert progress(session, run, now).left_out == before
