"""Who may work on a batch, and what becomes of copies that somebody left in it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.engine.copies import STALE_AFTER
from newsletter.engine.jobs import Jobs
from newsletter.engine.journal import Mark
from newsletter.engine.recover import recover_dead
from newsletter.engine.send import Sender
from newsletter.ledger.claim import LEASE, claim, lease_batch
from newsletter.ledger.states import State
from tests.engine.stage import PATIENCE, Stage

CAST_SIZE = 4


@contextmanager
def held_at_the_first_dot(stage: Stage, sender: Sender) -> Iterator[None]:
    """The sender works in a thread; its first copy has no answer before the block ends."""
    reached, done = threading.Event(), threading.Event()

    def says(at: str, _words: str) -> None:
        if at == "dot" and not reached.is_set():
            reached.set()
            done.wait(PATIENCE)

    stage.relay.says = says
    working = threading.Thread(target=sender.work)
    working.start()
    try:
        assert reached.wait(PATIENCE)
        yield
    finally:
        done.set()
        working.join(PATIENCE)


def test_a_relay_that_takes_minutes_for_one_copy_loses_the_engine_no_lease(stage: Stage) -> None:
    stage.crowd(1)
    stage.order()
    stage.start_due()
    slow, rival = stage.sender("slow"), stage.sender("rival")
    jobs = Jobs(
        stage.db, "slow", stage.folder, clock=stage.clock, in_hand=slow.in_hand, trouble=str, may_start=lambda: True
    )
    with held_at_the_first_dot(stage, slow):
        for _ in range(3):
            stage.clock.forward(seconds=LEASE.total_seconds() * 0.9)
            jobs.keep_leases()
            assert not rival.work()
    assert stage.all_accepted()
    assert set(stage.relay.copies.values()) == {1}


def test_an_engine_taken_for_dead_sends_no_more_of_what_it_had_in_hand(stage: Stage) -> None:
    stage.crowd(3)
    stage.order()
    stage.start_due()
    slow, rival = stage.sender("slow"), stage.sender("rival")
    with held_at_the_first_dot(stage, slow):
        time.sleep(STALE_AFTER)
        stage.clock.forward(seconds=LEASE.total_seconds() + 1)
        assert rival.work()
    assert stage.all_accepted()
    assert len(stage.lost()) == 3 + CAST_SIZE
    assert sum(stage.relay.copies.values()) == 3 + CAST_SIZE + 1  # the one that was on the wire


def leased(stage: Stage, engine: str) -> tuple[int, int]:
    with stage.db.write() as session:
        batch = lease_batch(session, engine, stage.clock.now)
    assert batch is not None
    return batch


def claimed(stage: Stage, engine: str) -> list[int]:
    """Copies that an engine claimed, and then nothing more is heard of it."""
    batch = leased(stage, engine)
    with stage.db.write() as session:
        return [copy.id for copy in claim(session, batch, engine, 50, stage.clock.now)]


def test_copies_whose_claim_was_never_confirmed_to_us_are_sent(stage: Stage) -> None:
    stage.crowd(3)
    stage.order()
    stage.start_due()
    sender = stage.sender("first")
    assert claimed(stage, "first")  # committed, but the answer was lost with the connection
    stage.clock.forward(seconds=LEASE.total_seconds() + 1)
    assert sender.work()
    assert stage.all_accepted()
    assert stage.lost() == {}


def test_after_a_restart_of_the_machine_what_the_journal_does_not_say_is_in_doubt(stage: Stage) -> None:
    stage.crowd(3)
    stage.order("marketing")
    stage.start_due()
    first, second, *rest = claimed(stage, "dead")
    dead = stage.sender("dead")
    (line,) = dead.lines.all
    line.journal.mark(first, Mark.TAKEN)
    line.journal.mark(second, Mark.NOT_TAKEN)
    (stage.folder / "dead.lock").write_bytes(b"an earlier start of this machine")
    assert recover_dead(stage.db, stage.folder, stage.clock.now) == ["dead"]
    assert stage.states() == {State.ACCEPTED: 1, State.WAITING: 1, State.IN_DOUBT: len(rest)}
    assert stage.left_behind() == []
