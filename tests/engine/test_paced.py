"""Sending where limits are in force: each copy at its time, of several runs side by side, and nothing lost by it."""

import signal
import time
from collections.abc import Sequence

from sqlalchemy import select

from newsletter.bulletin.compose import List, Press
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Reader
from newsletter.clock import utc_now
from newsletter.engine.copies import Copies
from newsletter.engine.lines import Lines
from newsletter.engine.pacing import Trip, Waiting
from newsletter.ledger.claim import Claimed
from newsletter.ledger.run import Batch
from newsletter.ledger.states import Event, State
from newsletter.links import Links
from newsletter.pace.admission import Slot
from newsletter.pace.change import rate_run, set_rate
from newsletter.pace.rate import Rate
from newsletter.pace.rule import EVERY, Kind
from tests.engine.relay import Relay
from tests.engine.stage import FROM, Stage, engine_process, leave, running, wait_until
from tests.engine.test_lines import patient_lines
from tests.engine.test_round import TEXT
from tests.engine.test_samples import a_sample, outcome_of

__all__ = ["patient_lines"]  # a fixture

CAST_SIZE = 4
WATCHED = 3.0  # seconds


def per_second(moments: Sequence[float]) -> float:
    return (len(moments) - 1) / (moments[-1] - moments[0])


def slowed(stage: Stage, number: str, rate: int) -> str:
    """A run that has a rate of its own; what its Message-IDs begin with."""
    run = stage.order(number=number)
    with stage.db.write() as session:
        rate_run(session, run, Rate(rate, 1), by="Ann", now=stage.clock.now)
    return f"<{stage.run(run).seed}."


def test_two_runs_with_rates_of_their_own_use_them_side_by_side(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(200)
    seeds = [slowed(stage, number, 20) for number in ("TB-1", "TB-2")]
    stage.start_due()
    with running(stage.engine(utc_now)):
        wait_until(lambda: len(stage.relay.taken) > 20, "they go")
        begin = time.monotonic()
        time.sleep(WATCHED)
    for seed in seeds:
        moments = [message.at for message in stage.relay.taken if message.message_id.startswith(seed)]
        # In turn each would have had half of its rate.
        assert per_second([at for at in moments if begin <= at < begin + WATCHED]) > 0.8 * 20


def test_a_server_that_takes_its_time_is_given_several_copies_at_once(
    relay: Relay, patient_lines: Lines, links: Links
) -> None:
    relay.says = lambda stage, _: time.sleep(0.2) if stage == "dot" else None  # type: ignore[func-returns-value]
    press = Press(read_source(TEXT), FROM, List(1, "bulletins", "Bulletins"), links, "seed")
    copies = Copies(press, lambda _: {}, utc_now, lambda: "", time.monotonic(), stale_after=60)
    chunk = [Claimed(number, number, f"p{number}@crowd.example", (), 0) for number in range(12)]
    people = {copy.person_id: Reader(copy.address, "Jo", "Doe", "en", (), ()) for copy in chunk}
    begin = time.monotonic() + 0.1
    slots = {copy.id: Slot(begin + copy.id / 12, begin + copy.id / 12 + 0.05) for copy in chunk}
    waiting = Waiting()
    waiting.add(copies, reversed(chunk), people, slots)
    trip = Trip(waiting, None, lambda: not copies.open)
    passage = patient_lines.passage(trip.letters(), trip.last_look, next_at=lambda: trip.next_at)
    trip.take_in(passage.settled(may_leave=True))
    assert [result.event for result in copies.drain()] == [Event.ACCEPT] * 12
    assert copies.late == 0  # one after the other, every second would have been
    late = [message.at - slots[int(message.to[1:].partition("@")[0])].not_before for message in relay.taken]
    assert min(late) >= 0
    assert [message.to for message in relay.taken] == [copy.address for copy in chunk]


def test_a_copy_whose_time_is_over_is_put_back(relay: Relay, patient_lines: Lines, links: Links) -> None:
    press = Press(read_source(TEXT), FROM, List(1, "bulletins", "Bulletins"), links, "seed")
    copies = Copies(press, lambda _: {}, utc_now, lambda: "", time.monotonic(), stale_after=60)
    chunk = [Claimed(number, number, f"p{number}@crowd.example", (), 0) for number in range(2)]
    people = {copy.person_id: Reader(copy.address, "Jo", "Doe", "en", (), ()) for copy in chunk}
    now = time.monotonic()
    waiting = Waiting()
    waiting.add(copies, chunk, people, {0: Slot(now - 2, now - 1), 1: Slot(now, now + 60)})
    trip = Trip(waiting, None, lambda: not copies.open)
    trip.take_in(patient_lines.passage(trip.letters(), trip.last_look, next_at=lambda: trip.next_at).settled())
    assert {result.delivery_id: result.event for result in copies.drain()} == {0: Event.RETURN, 1: Event.ACCEPT}
    assert copies.late == 1
    assert [message.to for message in relay.taken] == ["p1@crowd.example"]


def test_who_leaves_while_their_copy_waits_for_its_time_gets_none(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(60)
    set_rate(stage.db, Kind.DOMAIN, "crowd.example", Rate(20, 1), by="Ann", now=stage.clock.now)
    stage.order()
    stage.start_due()
    with running(stage.engine(utc_now)):
        wait_until(lambda: len(stage.relay.taken) > 8, "they go")
        with stage.db.write() as session:
            leave(session, "p0050@crowd.example")
        wait_until(lambda: State.WAITING not in stage.states() and State.CLAIMED not in stage.states(), "the end")
    assert stage.copies()["p0050@crowd.example"].state == State.WITHHELD
    assert "p0050@crowd.example" not in stage.relay.copies
    assert stage.relay.copies.total() == 59 + CAST_SIZE


def test_an_engine_killed_between_two_slots_loses_nobody_and_writes_to_nobody_twice(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(60)
    set_rate(stage.db, Kind.DOMAIN, EVERY, Rate(40, 1), by="Ann", now=stage.clock.now)
    stage.order()
    stage.start_due()
    with engine_process(stage.environment()) as engine:
        wait_until(lambda: len(stage.relay.taken) > 20, "it goes")
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    with engine_process(stage.environment()):
        wait_until(stage.all_accepted, "the next engine sends the rest")
    twice = {to for to, count in stage.relay.copies.items() if count > 1}
    assert twice <= stage.lost().keys()
    assert len(stage.relay.copies) == 60 + CAST_SIZE


def test_a_run_that_may_send_one_in_six_seconds_keeps_no_batch_meanwhile(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(20)
    run = stage.order()
    with stage.db.write() as session:
        rate_run(session, run, Rate(10, 60), by="Ann", now=stage.clock.now)
    stage.start_due()

    def is_leased() -> bool:
        with stage.db.read() as session:
            return session.scalar(select(Batch.number).where(Batch.lease_until.is_not(None)).limit(1)) is not None

    with running(stage.engine(utc_now)):
        wait_until(lambda: len(stage.relay.taken) == 1, "the first goes")
        wait_until(lambda: not is_leased(), "the others may be another engine's")
        assert len(stage.relay.taken) == 1
        wait_until(lambda: len(stage.relay.taken) == 2, "the next goes")
    first, second = (message.at for message in stage.relay.taken)
    assert 6.0 <= second - first < 9.0


def test_a_test_mail_does_not_wait_for_the_end_of_a_slow_run(stage: Stage) -> None:
    stage.clock.now = utc_now()
    stage.crowd(200)
    slowed(stage, "TB-1", 10)
    stage.start_due()
    with running(stage.engine(utc_now)):
        wait_until(lambda: len(stage.relay.taken) > 5, "it goes")
        sample = a_sample(stage)
        wait_until(lambda: outcome_of(stage, sample), "the test mail is sent")
        taken = len(stage.relay.taken)
        assert taken < 100
        wait_until(lambda: len(stage.relay.taken) > taken + 5, "the run goes on")
    # What waited for its time when the engine stopped was given back.
    assert set(stage.states()) == {State.ACCEPTED, State.WAITING}
