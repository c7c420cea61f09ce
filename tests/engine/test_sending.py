"""What becomes of a run, with one connection and a clock that the test moves."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update

from newsletter.bulletin.bulletin import Version
from newsletter.engine.copies import STALE_AFTER
from newsletter.ledger import control
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from tests.engine.relay import HANG_UP
from tests.engine.stage import Stage, leave, wait_until

# Of the cast these agreed to the topic, whatever machine they have. Ines's domain goes on the wire as an A-label.
CAST = {"nora@toolroom-north.example", "una@toolroom-north.example", "pia@fast-fitters.example"}
CAST_SIZE = len(CAST) + 1


def test_everybody_who_agreed_gets_one_copy_and_the_run_ends(stage: Stage) -> None:
    stage.crowd(120)
    run = stage.order()
    assert stage.start_due() == [run]
    sender = stage.sender()
    while sender.work():
        pass
    stage.finish_idle()
    assert set(stage.relay.copies.values()) == {1}
    assert len(stage.relay.taken) == 120 + CAST_SIZE
    assert stage.relay.copies.keys() >= CAST
    assert stage.states() == {State.ACCEPTED: 120 + CAST_SIZE}
    assert stage.copies()["p0007@crowd.example"].reply == "250 2.0.0 taken"
    assert stage.run(run).state == RunState.FINISHED


@pytest.mark.parametrize("stage_of_smtp", ["connect", "ehlo"])
def test_a_relay_that_is_not_ready_burns_nobody(stage: Stage, stage_of_smtp: str) -> None:
    stage.crowd(60)
    stage.order()
    stage.start_due()
    stage.relay.says = lambda at, _: "421 4.3.2 not now" if at == stage_of_smtp else None
    sender = stage.sender()
    assert not sender.work()
    assert "not now" in sender.trouble
    assert stage.states() == {State.WAITING: 60 + CAST_SIZE}
    stage.relay.says = lambda _at, _words: None
    wait_until(sender.work, "the relay gets another chance")
    while sender.work():
        pass
    assert sender.trouble == ""
    assert stage.states() == {State.ACCEPTED: 60 + CAST_SIZE}


@pytest.mark.parametrize("stage_of_smtp", ["mail", "rcpt", "data", "dot"])
def test_a_relay_that_says_421_puts_off_the_copy_it_said_it_to_and_leaves_the_others(
    stage: Stage, stage_of_smtp: str
) -> None:
    stage.crowd(60)
    stage.order()
    stage.start_due()
    stage.relay.says = lambda at, _: "421 4.7.0 slow down" if at == stage_of_smtp else None
    sender = stage.sender()
    assert sender.work()
    assert "slow down" in sender.trouble
    assert stage.states() == {State.DEFERRED: 1, State.WAITING: 59 + CAST_SIZE}
    put_off = next(copy for copy in stage.copies().values() if copy.state == State.DEFERRED)
    assert put_off.reply.startswith("421")
    stage.relay.says = lambda _at, _words: None
    while sender.work():
        pass
    assert stage.states() == {State.DEFERRED: 1, State.ACCEPTED: 59 + CAST_SIZE}
    stage.clock.forward(minutes=31)
    while sender.work():
        pass
    assert stage.states() == {State.ACCEPTED: 60 + CAST_SIZE}


def test_a_relay_that_is_away_burns_nobody_and_is_found_again(stage: Stage) -> None:
    stage.crowd(10)
    stage.order()
    stage.start_due()
    stage.relay.close()
    sender = stage.sender()
    assert not sender.work()
    assert "refused" in sender.trouble
    assert stage.states() == {State.WAITING: 10 + CAST_SIZE}
    stage.relay.open()
    wait_until(sender.work, "the relay gets another chance")
    assert stage.states() == {State.ACCEPTED: 10 + CAST_SIZE}


def test_a_relay_that_hangs_up_now_and_then_is_called_again_at_once(stage: Stage) -> None:
    stage.crowd(60)
    stage.order()
    stage.start_due()
    tries: Counter[int] = Counter()

    def says(at: str, _words: str) -> str | None:
        """After each seven messages, the first time."""
        taken = len(stage.relay.taken)
        tries[taken] += at == "mail"
        return HANG_UP if at == "mail" and taken % 7 == 6 and tries[taken] == 1 else None

    stage.relay.says = says
    sender = stage.sender()
    assert sender.work()
    put_back = stage.states()[State.DEFERRED]
    assert 0 < put_back < 20
    stage.clock.forward(seconds=11)
    while sender.work():
        stage.clock.forward(seconds=11)
    assert stage.states() == {State.ACCEPTED: 60 + CAST_SIZE}
    assert set(stage.relay.copies.values()) == {1}


def test_each_recipient_has_an_answer_of_their_own(stage: Stage) -> None:
    answers = {"p0001": "450 4.2.2 mailbox full", "p0002": "550 5.1.1 no such user", "p0003": "452 4.5.3 too many"}
    stage.crowd(5)
    stage.order()
    stage.start_due()
    stage.relay.says = lambda at, words: next((answers[who] for who in answers if at == "rcpt" and who in words), None)
    assert stage.sender().work()
    copies = stage.copies()
    states = {who: copies[f"{who}@crowd.example"].state for who in ("p0000", *answers, "p0004")}
    assert states == {
        "p0000": State.ACCEPTED,
        "p0001": State.DEFERRED,
        "p0002": State.REFUSED,
        "p0003": State.DEFERRED,
        "p0004": State.ACCEPTED,
    }
    assert {who: copies[f"{who}@crowd.example"].reply for who in answers} == answers


def test_a_greylisted_copy_comes_through_by_itself_as_one_mail(stage: Stage) -> None:
    stage.crowd(3)
    run = stage.order()
    stage.start_due()
    known_after = stage.clock.now + timedelta(minutes=5)

    def says(at: str, words: str) -> str | None:
        is_new = at == "rcpt" and "p0001" in words and stage.clock.now < known_after
        return "450 4.2.0 greylisted" if is_new else None

    stage.relay.says = says
    sender = stage.sender()
    sender.work()
    stage.finish_idle()
    assert stage.run(run).state == RunState.SENDING
    stage.clock.forward(minutes=29)
    assert not sender.work()
    stage.clock.forward(minutes=2)
    assert sender.work()
    stage.finish_idle()
    assert stage.run(run).state == RunState.FINISHED
    assert stage.relay.copies["p0001@crowd.example"] == 1


def test_a_copy_that_is_always_put_off_is_given_up_after_days(stage: Stage) -> None:
    stage.crowd(1)
    stage.order()
    stage.start_due()
    stage.relay.says = lambda at, words: "450 4.2.2 full" if at == "rcpt" and "p0000" in words else None
    sender, tries = stage.sender(), 0
    while stage.copies()["p0000@crowd.example"].state in (State.WAITING, State.DEFERRED):
        sender.work()
        stage.clock.forward(hours=8)
        tries += 1
    assert stage.copies()["p0000@crowd.example"].state == State.EXPIRED
    assert 10 < tries < 25


def test_an_address_the_relay_cannot_take_is_held_with_the_reason(stage: Stage) -> None:
    stage.crowd(1)
    stage.newcomer("jörg@crowd.example")
    stage.order()
    stage.start_due()
    sender = stage.sender()
    sender.work()
    copy = stage.copies()["jörg@crowd.example"]
    assert copy.state == State.HELD
    assert copy.reply == "The relay takes only ASCII addresses."
    assert stage.states()[State.ACCEPTED] == 1 + CAST_SIZE


def test_a_relay_that_takes_and_hangs_up_gets_each_copy_four_times_at_most(stage: Stage) -> None:
    stage.crowd(1)
    stage.order()
    stage.start_due()
    stage.relay.says = lambda at, words: HANG_UP if at == "dot" and "p0000" in words else None
    sender = stage.sender()
    for _ in range(50):
        sender.work()
        stage.clock.forward(minutes=10)
    assert stage.relay.copies["p0000@crowd.example"] == 4
    assert len(stage.message_ids()["p0000@crowd.example"]) == 1
    assert stage.lost() == {"p0000@crowd.example": 4}
    assert stage.states() == {State.IN_DOUBT: 1, State.ACCEPTED: CAST_SIZE}


def test_advertising_in_doubt_is_held(stage: Stage) -> None:
    stage.crowd(1)
    run = stage.order("marketing")
    stage.start_due()
    stage.relay.says = lambda at, words: HANG_UP if at == "dot" and "p0000" in words else None
    sender = stage.sender()
    for _ in range(20):
        sender.work()
        stage.clock.forward(hours=1)
    stage.finish_idle()
    assert stage.relay.copies["p0000@crowd.example"] == 1
    assert stage.states() == {State.IN_DOUBT: 1, State.ACCEPTED: CAST_SIZE}
    assert stage.run(run).state == RunState.FINISHED


def during(stage: Stage, recipient: str, act: str) -> None:
    """While this recipient's copy is on the wire, and for longer than claimed copies count as fresh."""

    def says(at: str, words: str) -> None:
        if at == "dot" and words.startswith(recipient):
            if act == "leave":
                with stage.db.write() as session:
                    leave(session, "p0030@crowd.example")
            else:
                getattr(control, act)(stage.db, 1, "Ann", stage.clock.now)
            time.sleep(STALE_AFTER + 0.1)

    stage.relay.says = says


def test_who_leaves_while_a_run_is_going_gets_nothing_more(stage: Stage) -> None:
    stage.crowd(40)
    stage.order()
    stage.start_due()
    during(stage, "p0010", "leave")
    stage.sender().work()
    assert "p0030@crowd.example" not in stage.relay.copies
    assert stage.copies()["p0030@crowd.example"].state == State.WITHHELD
    assert stage.states() == {State.ACCEPTED: 39 + CAST_SIZE, State.WITHHELD: 1}


def test_a_paused_run_stops_and_goes_on_with_exactly_the_rest(stage: Stage) -> None:
    stage.crowd(100)
    run = stage.order()
    stage.start_due()
    during(stage, "p0010", "pause")
    sender = stage.sender()
    sender.work()
    assert len(stage.relay.taken) < 20
    assert not sender.work()
    control.resume(stage.db, run, "Ann", stage.clock.now)
    stage.relay.says = lambda _at, _words: None
    while sender.work():
        pass
    assert set(stage.relay.copies.values()) == {1}
    assert stage.states() == {State.ACCEPTED: 100 + CAST_SIZE}


def test_a_cancelled_run_sends_no_more_and_leaves_nothing_open(stage: Stage) -> None:
    stage.crowd(100)
    run = stage.order()
    stage.start_due()
    during(stage, "p0010", "cancel")
    sender = stage.sender()
    sender.work()
    sent = len(stage.relay.taken)
    assert sent < 20
    assert not sender.work()
    assert stage.states() == {State.ACCEPTED: sent, State.CANCELLED: 100 + CAST_SIZE - sent}
    assert stage.run(run).state == RunState.CANCELLED


def test_a_bulletin_that_cannot_be_read_any_more_holds_its_copies_and_stops_nobody_else(stage: Stage) -> None:
    stage.crowd(5)
    stage.order()
    stage.start_due()
    with stage.db.write() as session:
        session.execute(update(Version).values(source="written for an older version of this program"))
    sender = stage.sender()
    sender.work()
    assert stage.states() == {State.HELD: 5 + CAST_SIZE}
    stage.order(number="TB-2")
    stage.start_due()
    sender.work()
    assert len(stage.relay.taken) == 5 + CAST_SIZE


def test_an_idle_connection_is_closed_politely(stage: Stage) -> None:
    stage.crowd(1)
    stage.order()
    stage.start_due()
    sender = stage.sender()
    (line,) = sender.lines.all
    line.rest_after = 0.0
    assert sender.work()
    assert not sender.work()
    assert stage.relay.heard[-1] == "QUIT"
