"""A run that tries two variants: who gets which, what is decided when, and by whom; on both databases."""

import threading
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.bulletin.trial import Measure, Trial
from newsletter.bulletin.waves import WHOLE, read_waves
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.errors import BadTime
from newsletter.ledger.claim import claim, lease_batch
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.record import Result, record
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event, State
from newsletter.ledger.tally import counted_by_variant, tally_idle
from newsletter.ledger.trial_deciding import decide_due
from newsletter.ledger.trial_rule import Halves
from newsletter.ledger.wave import first_batch
from newsletter.ledger.wave_opening import open_due
from newsletter.links import Links
from newsletter.question.rates import Tally
from newsletter.staff.audit import AuditEntry
from tests.ledger import stage
from tests.ledger.crowd import crowd
from tests.ledger.trials import (
    FIFTH,
    HOUR,
    TEXT,
    b_wins,
    by_chance,
    good,
    never,
    send_all,
    started,
    trial_of,
    variants,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.integers(0, 260), share=st.integers(1, WHOLE))
def test_both_halves_are_equal_but_for_one_copy_and_the_share_is_exact(
    sqlite_db: Database, links: Links, now: datetime, people: int, share: int
) -> None:
    with sqlite_db.write() as session:
        crowd(session, people, now)
        runs = len(session.scalars(select(Run.id)).all())
    text = TEXT.format(number=f"TB-{runs}")
    run = (
        stage.desk(sqlite_db, links)
        .order(text, topic="", when=When(now, trial=Trial(share, HOUR)), author="mara", now=now)
        .run
    )
    start_due(sqlite_db, "starter", now)
    assert run is not None
    found = variants(sqlite_db, run)
    tried = -(-found.total() * share // WHOLE)
    assert found["a"] - found["b"] in (0, 1)
    assert found["a"] + found["b"] == tried
    assert found[""] == found.total() - tried


def test_the_halves_are_drawn_by_lot_and_each_is_spread_over_batches_of_its_own(
    db: Database, links: Links, now: datetime
) -> None:
    run = started(db, links, now, 400, Trial(5_000, HOUR))
    with db.read() as session:
        rows = session.execute(
            select(Batch.variant, Delivery.person_id, Batch.number)
            .join(Delivery, (Delivery.run_id == Batch.run_id) & (Delivery.batch == Batch.number))
            .where(Batch.run_id == run, Batch.number < first_batch(2))
        ).all()
    people = {name: sorted(person for variant, person, _ in rows if variant == name) for name in "ab"}
    assert {number % 2 for variant, _, number in rows if variant == "a"} == {0}
    assert len(people["a"]) == len(people["b"]) == 100
    middle = {name: sum(ids) / len(ids) for name, ids in people.items()}
    assert abs(middle["a"] - middle["b"]) < 60, "neither half is the older customers"
    by_turns = sum(
        (b > a) == (index % 2 == 0) for index, (a, b) in enumerate(zip(people["a"], people["b"], strict=True))
    )
    assert by_turns < 90


def test_those_who_try_get_theirs_at_once_and_the_rest_the_winner_after_the_wait(
    db: Database, links: Links, now: datetime
) -> None:
    run = started(db, links, now)
    assert send_all(db, now) == {"a": 5, "b": 5}
    assert open_due(db, "engine", now, good) == []
    end = now + 4 * HOUR
    for early in (now, now + 3 * HOUR, end - timedelta(seconds=1)):
        assert decide_due(db, "engine", early, never) == []
        assert open_due(db, "engine", early, good) == []
    assert open_due(db, "engine", end, good) == [], "nobody decided yet"
    assert decide_due(db, "engine", end, b_wins) == [run]
    assert decide_due(db, "engine", end, never) == []
    assert open_due(db, "engine", end, good) == [(run, 2)]
    assert send_all(db, end) == {"b": 40}
    trial = trial_of(db, run)
    assert (trial.winner, trial.decided_at, trial.decided_by) == ("b", end, "engine")
    assert trial.because.startswith("b was more often opened by people.")
    finish_idle(db, end)
    with db.read() as session:
        assert session.get_one(Run, run).state == RunState.FINISHED


def test_where_chance_could_have_made_the_difference_a_goes_on_and_it_is_said_so(
    db: Database, links: Links, now: datetime
) -> None:
    run = started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, good)
    decide_due(db, "engine", now + 4 * HOUR, by_chance)
    assert trial_of(db, run).because.startswith("No difference can be told from chance, so a goes on.")
    open_due(db, "engine", now + 4 * HOUR, good)
    assert send_all(db, now + 4 * HOUR) == {"a": 40}


def test_only_what_came_in_before_the_end_counts_however_late_an_engine_looks(
    db: Database, links: Links, now: datetime
) -> None:
    started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, good)
    seen = []

    def count(_session: Session, _run_id: int, _measure: Measure, until: datetime) -> Halves:
        seen.append(until)
        return Halves(Tally(5, 1), Tally(5, 1))

    decide_due(db, "engine", now + 30 * HOUR, count)
    assert seen == [now + 4 * HOUR]


def test_eight_engines_at_once_decide_once(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, good)
    decided: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda name=name: decided.append(decide_due(db, name, now + 4 * HOUR, b_wins)))  # type: ignore[misc]  # a lambda with a default
        for name in map(str, range(8))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(decided, key=len)[-2:] == [[], [run]]
    with db.read() as session:
        notes = session.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("decided the trial"))).all()
    assert len(notes) == 1


def test_where_everybody_tries_it_is_reported_once_after_the_last_copy_and_the_wait(
    db: Database, links: Links, now: datetime
) -> None:
    run = started(db, links, now, trial=Trial(WHOLE, HOUR))
    assert decide_due(db, "engine", now + 2 * HOUR, never) == []
    assert send_all(db, now) == {"a": 25, "b": 25}
    finish_idle(db, now)
    assert decide_due(db, "engine", now + HOUR - timedelta(seconds=1), never) == []
    assert decide_due(db, "engine", now + HOUR, by_chance) == [run]
    trial = trial_of(db, run)
    assert (trial.winner, trial.because[:38]) == ("", "No difference can be told from chance.")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({}, "two variants"),
        ({"trial": FIFTH, "waves": read_waves("10 %, 1 h, rest")}, "neither in waves"),
        ({"trial": FIFTH, "local": "2027-01-01T09:00", "zone": "Europe/Berlin", "is_theirs": True}, "local time"),
    ],
    ids=["without a trial", "with waves", "at local time"],
)
def test_variants_go_as_a_trial_and_in_no_other_parts(
    db: Database, links: Links, now: datetime, when: dict[str, object], said: str
) -> None:
    with db.write() as session:
        crowd(session, 3, now)
    desk, at = stage.desk(db, links), When(now, **when)  # type: ignore[arg-type]  # the cases say which
    with pytest.raises(BadTime, match=said):
        desk.order(TEXT.format(number="TB-1"), topic="", when=at, author="mara", now=now)
    with pytest.raises(BadTime, match=said):
        desk.dry_run(TEXT.format(number="TB-1"), topic="", when=at)


def test_copies_are_counted_by_variant_with_a_tally_and_without(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    with db.write() as session:
        batch = lease_batch(session, "engine", now)
        assert batch is not None
        copies = claim(session, batch, "engine", 2, now)
        record(session, batch, [Result(copy.id, Event.ACCEPT, "ok") for copy in copies], "engine", now)
        counted = counted_by_variant(session, run, first_batch(2))
    assert counted["a"] == {State.WAITING: 3, State.ACCEPTED: 2}
    tally_idle(db, now + HOUR)
    with db.read() as session:
        assert counted_by_variant(session, run, first_batch(2)) == counted
