import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from newsletter.db import Database
from newsletter.errors import Conflict, NotFound
from newsletter.ledger import control
from newsletter.ledger.again import hold_batches
from newsletter.ledger.claim import claim, lease_batch, release_batch
from newsletter.ledger.control import cancel, finish_cancelling, klass_of, pause, resume, start_late
from newsletter.ledger.record import Result
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import Event, State, after
from newsletter.ledger.tally import tallied
from newsletter.links import Links
from newsletter.staff.audit import AuditEntry
from tests import cast
from tests.ledger import stage

Act = Callable[[Database, int, str, datetime], object]
ALLOWED: dict[Act, dict[str, str]] = {
    pause: {"sending": "paused"},
    resume: {"paused": "sending"},
    cancel: dict.fromkeys(("scheduled", "late", "sending", "paused"), "cancelled"),
    start_late: {"late": "scheduled"},
}


@pytest.fixture
def run(db: Database, links: Links, now: datetime) -> int:
    with db.write() as session:
        cast.play(session, now)
    return stage.started(db, links, now)


def audit(db: Database) -> list[tuple[str, str, str]]:
    with db.read() as session:
        return [(row.who, row.act, row.subject) for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


@pytest.mark.parametrize("act", ALLOWED)
def test_each_act_at_every_state_of_a_run(db: Database, run: int, now: datetime, act: Act) -> None:
    for state in RunState:
        with db.write() as session:
            session.get_one(Run, run).state = state
        before = audit(db)
        if target := ALLOWED[act].get(state):
            act(db, run, "mara", now)
            assert stage.run_state(db, run) == target
            said = "start late" if act is start_late else target
            assert audit(db) == [*before, ("mara", said, f"run {run}")]
        else:
            with pytest.raises(Conflict) as refusal:
                act(db, run, "mara", now)
            assert str(refusal.value) == f"Run {run} is {state}. Nothing was changed."
            assert (stage.run_state(db, run), audit(db)) == (state, before)


@pytest.mark.parametrize("act", ALLOWED)
def test_a_run_that_does_not_exist_is_not_found(db: Database, run: int, now: datetime, act: Act) -> None:
    with pytest.raises(NotFound, match=f"There is no run {run + 1}"):
        act(db, run + 1, "mara", now)


def test_a_cancelled_run_cancels_every_copy_that_no_engine_has_in_hand(db: Database, run: int, now: datetime) -> None:
    copy, *_ = stage.copies(db, run)
    for state in State:
        with db.write() as session:
            session.get_one(Run, run).state = RunState.SENDING
        stage.put(db, copy.id, state)
        cancel(db, run, "mara", now)
        assert stage.state_of(db, copy.id) == after(state, Event.CANCEL)
    with db.read() as session:
        row, batch = session.get_one(Run, run), session.get_one(Batch, (run, 0))
        assert (row.finished_at, batch.due_at) == (now, None)
    assert {row.settled_at for row in stage.copies(db, run)[1:]} == {now}


def test_a_cancel_that_died_half_way_is_finished_by_an_engine(db: Database, run: int, now: datetime) -> None:
    with db.write() as session:
        session.get_one(Run, run).state = RunState.CANCELLED  # and then the lights went out
    finish_cancelling(db, "engine", now)
    assert stage.states(db, run) == {"cancelled": 4}
    with db.read() as session:
        assert session.get_one(Run, run).finished_at == now
    finish_cancelling(db, "engine", now + timedelta(days=1))
    with db.read() as session:
        assert session.get_one(Run, run).finished_at == now


def test_a_cancel_of_many_copies_leaves_most_of_them_to_an_engine(
    db: Database, run: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.apart(db, run)
    monkeypatch.setattr(control, "_BATCHES_AT_ONCE", 1)
    monkeypatch.setattr(control, "_WHILE_ONE_WAITS", 2)
    monkeypatch.setattr(control, "_IN_A_BEAT", 1)
    cancel(db, run, "mara", now)
    assert (stage.run_state(db, run), stage.states(db, run)) == ("cancelled", {"cancelled": 2, "waiting": 2})
    finish_cancelling(db, "engine", now)
    assert stage.states(db, run) == {"cancelled": 3, "waiting": 1}
    with db.write() as session:
        assert session.get_one(Run, run).finished_at is None
        assert lease_batch(session, "engine", now) is None
    finish_cancelling(db, "engine", now)
    assert stage.states(db, run) == {"cancelled": 4}
    with db.read() as session:
        assert session.get_one(Run, run).finished_at == now


def test_nobody_has_to_count_what_a_cancel_has_marked(db: Database, run: int, now: datetime) -> None:
    stage.apart(db, run)
    cancel(db, run, "mara", now)
    with db.read() as session:
        assert session.scalars(select(Batch.tally)).all() == [tallied({State.CANCELLED: 1})] * 4


def test_a_cancel_erases_no_doubt(db: Database, run: int, now: datetime) -> None:
    copy, *_ = stage.copies(db, run)
    stage.put(db, copy.id, State.IN_DOUBT)
    cancel(db, run, "mara", now)
    assert stage.states(db, run) == {"in_doubt": 1, "cancelled": 3}


def test_a_late_run_that_may_start_has_as_much_grace_as_before(db: Database, run: int, now: datetime) -> None:
    with db.write() as session:
        late = session.get_one(Run, run)
        late.state, late.due_at, late.start_by = RunState.LATE, now - timedelta(hours=9), now - timedelta(hours=7)
    start_late(db, run, "mara", now)
    with db.read() as session:
        row = session.get_one(Run, run)
        assert (row.due_at, row.start_by) == (now - timedelta(hours=9), now + timedelta(hours=2))


def test_resuming_goes_on_with_exactly_the_rest(db: Database, run: int, now: datetime) -> None:
    first, second = stage.claimed(db, run, now, limit=2)
    stage.told(db, [Result(first.id, Event.ACCEPT)], now)
    pause(db, run, "mara", now)
    stage.told(db, [Result(second.id, Event.RETURN)], now)
    with db.write() as session:
        release_batch(session, (run, 0), "engine", now)
        assert lease_batch(session, "engine", now) is None
    resume(db, run, "mara", now)
    assert {copy.id for copy in stage.claimed(db, run, now)} == {copy.id for copy in stage.copies(db, run)} - {first.id}


def test_a_cancel_that_meets_a_result_leaves_nothing_waiting(
    postgres_db: Database, links: Links, now: datetime
) -> None:
    with postgres_db.write() as session:
        cast.play(session, now)
    run = stage.started(postgres_db, links, now)
    copies = stage.claimed(postgres_db, run, now)
    returned = threading.Thread(
        target=stage.told, args=(postgres_db, [Result(copy.id, Event.RETURN) for copy in copies], now)
    )
    with postgres_db.write() as session:
        session.get_one(Run, run).state = RunState.CANCELLED
        session.flush()
        returned.start()
        returned.join(0.3)
        assert returned.is_alive()
    returned.join()
    assert stage.states(postgres_db, run) == {"cancelled": 4}


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)
def test_a_cancel_and_who_wakes_its_batches_do_not_wait_for_each_other_in_a_circle(
    db: Database, run: int, now: datetime
) -> None:
    with db.write() as session:
        session.add_all(Batch(run_id=run, number=number) for number in (2, 1))
    # Written anew the first batch stands behind the others, and an UPDATE that reads all of a small table, as
    # PostgreSQL does once it knows how small it is, comes to it last.
    with db.write() as session:
        session.get_one(Batch, (run, 0)).due_at = now
        session.flush()
        session.execute(text("ANALYZE batch"))
    cancelling = threading.Thread(target=cancel, args=(db, run, "mara", now))
    with db.write() as session:
        hold_batches(session, (Batch.run_id == run) & (Batch.number == 0))
        cancelling.start()
        cancelling.join(0.5)
        assert cancelling.is_alive()
        hold_batches(session, Batch.run_id == run)
    cancelling.join()
    assert stage.states(db, run) == {"cancelled": 4}


def test_a_claim_never_takes_what_was_cancelled(db: Database, run: int, now: datetime) -> None:
    with db.write() as session:
        batch = lease_batch(session, "engine", now)
    cancel(db, run, "mara", now)
    with db.write() as session:
        assert claim(session, batch or (0, 0), "engine", 50, now) == []


def test_a_run_knows_the_class_of_its_bulletin(db: Database, run: int) -> None:
    with db.read() as session:
        assert klass_of(session, session.get_one(Run, run)) == "technical"
