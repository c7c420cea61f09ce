from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import update

from newsletter.db import Database
from newsletter.ledger.claim import lease_batch, release_batch
from newsletter.ledger.control import cancel
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.layout import AT_ONCE
from newsletter.ledger.record import Result, record_one
from newsletter.ledger.run import Batch
from newsletter.ledger.states import TABLE, Event, State, after
from newsletter.links import Links
from tests import cast
from tests.ledger import stage


@pytest.fixture
def run(db: Database, links: Links, now: datetime) -> int:
    with db.write() as session:
        cast.play(session, now)
    return stage.started(db, links, now)


@pytest.mark.parametrize("event", [event for event in Event if event not in (Event.CLAIM, Event.CANCEL)])
def test_the_ledger_does_what_the_table_says(db: Database, run: int, now: datetime, event: Event) -> None:
    copy, *_ = stage.copies(db, run)
    for state in State:
        stage.put(db, copy.id, state)
        with db.write() as session:
            session.execute(update(Delivery).values(claimed_by="engine"))
        before = len(stage.events(db, copy.id))
        with db.write() as session:
            changed = record_one(session, Result(copy.id, event, "250 so be it"), "engine", now)
        assert (stage.state_of(db, copy.id), changed) == (after(state, event), TABLE[state, event] is not None)
        assert len(stage.events(db, copy.id)) - before == (changed and event is not Event.RETURN)


ANSWERS = (Event.ACCEPT, Event.DEFER, Event.REFUSE, Event.LOSE)


@pytest.mark.parametrize("many", [(Event.ACCEPT, Event.DEFER, Event.LOSE, Event.EXPIRE), (*ANSWERS, Event.BOUNCE)])
def test_an_accepted_copy_ends_accepted_in_whatever_order_the_results_come(
    db: Database, run: int, now: datetime, many: tuple[Event, ...]
) -> None:
    copy, *_ = stage.copies(db, run)
    ends = set()
    for order in permutations(many):
        stage.put(db, copy.id, State.CLAIMED)
        for event in order:
            stage.told(db, [Result(copy.id, event)] * 2, now)
        ends.add(stage.state_of(db, copy.id))
    assert ends == {State.BOUNCED if Event.BOUNCE in many else State.ACCEPTED}


def test_results_of_one_chunk_count_in_whatever_order_they_stand(db: Database, run: int, now: datetime) -> None:
    first, second, third, fourth = stage.claimed(db, run, now)
    chunk = [
        Result(first.id, Event.DEFER, "450 later", now + timedelta(minutes=30)),
        Result(second.id, Event.ACCEPT, "250 ok"),
        Result(first.id, Event.ACCEPT, "250 after all"),
        Result(third.id, Event.REFUSE, "550 no"),
        Result(fourth.id, Event.HOLD, "No value."),
    ]
    stage.told(db, chunk, now)
    stage.told(db, chunk[::-1], now + timedelta(hours=1))
    rows = stage.copies(db, run)
    assert [(row.state, row.reply) for row in rows] == [
        ("accepted", "250 after all"),
        ("accepted", "250 ok"),
        ("refused", "550 no"),
        ("held", "No value."),
    ]
    assert {row.settled_at for row in rows} == {now}
    assert [stage.events(db, row.id) for row in rows] == [[], [], [Event.REFUSE], [Event.HOLD]]


def test_a_deferred_copy_counts_its_deferrals_and_waits_for_its_time(db: Database, run: int, now: datetime) -> None:
    copy, *_ = stage.claimed(db, run, now)
    due = now + timedelta(minutes=30)
    stage.told(db, [Result(copy.id, Event.DEFER, "450 later", due)], now)
    stage.told(db, [Result(copy.id, Event.DEFER, "450 later", due)], now)
    row, *_ = stage.copies(db, run)
    assert (row.deferred, row.due_at, row.reply) == (1, due, "450 later")


def test_a_late_return_does_not_take_a_copy_out_of_another_engines_hand(db: Database, run: int, now: datetime) -> None:
    copy, *_ = stage.claimed(db, run, now, engine="slow")
    with db.write() as session:
        session.execute(update(Delivery).values(claimed_by="quick"))
    stage.told(db, [Result(copy.id, Event.RETURN)], now, engine="slow")
    assert stage.state_of(db, copy.id) == State.CLAIMED
    stage.told(db, [Result(copy.id, Event.RETURN)], now, engine="quick")
    assert stage.state_of(db, copy.id) == State.WAITING


@pytest.mark.parametrize(
    ("event", "due_in"), [(Event.RETURN, 0), (Event.DEFER, 30), (Event.RETURN, 10)], ids=["returned", "deferred", "off"]
)
def test_a_copy_put_back_after_its_run_was_closed_gets_its_turn(
    db: Database, run: int, now: datetime, event: Event, due_in: int
) -> None:
    copies = stage.claimed(db, run, now)
    with db.write() as session:
        release_batch(session, (run, 0), "engine", now)
    finish_idle(db, now)
    assert stage.run_state(db, run) == "finished"
    due = now + timedelta(minutes=due_in)
    stage.told(db, [Result(copies[0].id, event, "", due)], now)
    assert stage.run_state(db, run) == "sending"
    with db.write() as session:
        assert session.get_one(Batch, (run, 0)).due_at == due
        assert lease_batch(session, "next", due) == (run, 0)


def test_a_result_does_not_put_off_a_batch_that_is_due_earlier(db: Database, run: int, now: datetime) -> None:
    copies = stage.claimed(db, run, now, limit=1)
    stage.told(db, [Result(copies[0].id, Event.DEFER, "", now + timedelta(days=1))], now)
    with db.read() as session:
        assert session.get_one(Batch, (run, 0)).due_at == AT_ONCE


@pytest.mark.parametrize("event", [Event.RETURN, Event.DEFER])
def test_a_copy_put_back_into_a_cancelled_run_is_cancelled(db: Database, run: int, now: datetime, event: Event) -> None:
    copies = stage.claimed(db, run, now)
    cancel(db, run, "mara", now)
    stage.told(db, [Result(copies[0].id, event, "", now), Result(copies[1].id, Event.ACCEPT, "250 ok")], now)
    assert stage.states(db, run) == {"cancelled": 1, "accepted": 1, "claimed": 2}
    assert stage.events(db, copies[0].id)[-1] is Event.CANCEL
