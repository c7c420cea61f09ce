"""Waves in whole engines, with a clock that is moved by hand: nobody gets a copy early, late, twice or never."""

from datetime import timedelta

from sqlalchemy import select, update

from newsletter.audience.person import Person
from newsletter.ledger.control import pause, resume
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from newsletter.ledger.wave import Wave
from newsletter.ledger.wave_opening import send_next
from tests.engine.stage import Stage, running, wait_until

PEOPLE = 36
EVERYBODY = PEOPLE + 4
PLAN = "10 %, 4 h, rest"


def accepted(stage: Stage) -> int:
    return stage.states()[State.ACCEPTED]


def wave(stage: Stage, run: int, number: int) -> Wave:
    with stage.db.read() as session:
        return session.get_one(Wave, (run, number))


def test_two_engines_send_one_wave_and_after_a_restart_the_other(stage: Stage) -> None:
    """Fault 13: the wait ends by the clock however often engines come and go."""
    stage.crowd(PEOPLE)
    run = stage.order(waves=PLAN)
    with running(stage.engine(connections=2)), running(stage.engine(connections=2)):
        wait_until(lambda: wave(stage, run, 2).due_at, "the first wave has gone out")
    assert accepted(stage) == len(stage.relay.taken) == 4
    stage.clock.forward(hours=3, minutes=59)
    with running(stage.engine(connections=2)), running(stage.engine(connections=2)):
        wait_until(lambda: stage.run(run).state == RunState.SENDING)
        stage.clock.forward(minutes=1)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the second wave goes")
    assert set(stage.relay.copies.values()) == {1}
    assert len(stage.relay.copies) == EVERYBODY
    assert stage.all_accepted()


def test_a_run_paused_between_waves_goes_on_with_the_next(stage: Stage) -> None:
    stage.crowd(PEOPLE)
    run = stage.order(waves=PLAN)
    with running(stage.engine()):
        wait_until(lambda: wave(stage, run, 2).due_at, "the first wave has gone out")
        pause(stage.db, run, "mara", stage.clock.now)
        stage.clock.forward(hours=5)
        wait_until(lambda: not stage.start_due())
        assert accepted(stage) == 4
        resume(stage.db, run, "mara", stage.clock.now)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the second wave goes")
    assert set(stage.relay.copies.values()) == {1}


def test_a_wave_much_of_which_is_refused_holds_the_next_until_somebody_lets_it_go(stage: Stage) -> None:
    stage.crowd(PEOPLE)
    stage.relay.says = lambda at, _: "550 5.1.1 no such user" if at == "rcpt" else None
    run = stage.order(waves=PLAN)
    with running(stage.engine()):
        wait_until(lambda: wave(stage, run, 2).due_at, "the first wave has gone out")
        stage.clock.forward(hours=4)
        wait_until(lambda: wave(stage, run, 2).held_because, "the second is held")
        stage.relay.says = lambda _at, _words: None
        assert stage.states() == {State.REFUSED: 4, State.WAITING: EVERYBODY - 4}
        send_next(stage.db, run, "mara", stage.clock.now)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the second wave goes")
    assert stage.states() == {State.REFUSED: 4, State.ACCEPTED: EVERYBODY - 4}


def test_a_clock_set_back_an_hour_delays_a_wave_by_an_hour_and_never_sends_twice(sqlite_stage: Stage) -> None:
    """Fault 13: clock jump of an hour, either way."""
    stage = sqlite_stage
    stage.crowd(PEOPLE)
    run = stage.order(waves=PLAN)
    with running(stage.engine()):
        wait_until(lambda: wave(stage, run, 2).due_at, "the first wave has gone out")
        due_at = wave(stage, run, 2).due_at
        stage.clock.forward(hours=-1)
        stage.clock.forward(hours=4)
        assert due_at is not None
        assert stage.clock.now == due_at - timedelta(hours=1)
        assert accepted(stage) == 4
        stage.clock.forward(hours=1)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the second wave goes")
    assert set(stage.relay.copies.values()) == {1}


def test_a_run_with_hours_of_its_own_waits_for_them_by_the_recipients_clock(stage: Stage) -> None:
    """It is Saturday, 09:00 UTC; on Monday at 08:00 in Berlin, which is 07:00 UTC, it may go."""
    stage.crowd(3)
    with stage.db.write() as session:
        session.execute(update(Person).values(zone="Europe/Berlin"))
    run = stage.order(hours="08:00-17:00 mon-fri")
    with running(stage.engine()):
        wait_until(
            lambda: all(copy.reply for copy in stage.copies().values() or [Delivery(reply="")]), "all are put off"
        )
        stage.clock.forward(hours=45, minutes=59)
        assert accepted(stage) == 0
        stage.clock.forward(minutes=1)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "it goes on Monday")
    assert set(stage.relay.copies.values()) == {1}


def test_at_the_local_time_of_each_nobody_gets_it_early_late_or_twice(stage: Stage) -> None:
    stage.crowd(6)
    with stage.db.write() as session:
        people = session.scalars(select(Person.id).order_by(Person.id)).all()
        for zone, some in (("Asia/Tokyo", people[:3]), ("America/New_York", people[3:6])):
            session.execute(update(Person).where(Person.id.in_(some)).values(zone=zone))
    run = stage.order(theirs="2026-11-23T09:00")
    stage.clock.now = stage.run(run).due_at
    with running(stage.engine(connections=2)), running(stage.engine(connections=2)):
        sent = [0]
        for hours in (0, 8, 6):  # Tokyo, Berlin, New York
            stage.clock.forward(hours=hours, seconds=-1)
            stage.clock.forward(seconds=1)
            due = sum(copy.due_at <= stage.clock.now for copy in stage.copies().values()) or 1
            wait_until(lambda due=due: accepted(stage) >= due, "it is nine there")
            sent.append(accepted(stage))
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "it is over")
    assert sent == sorted(set(sent))
    assert set(stage.relay.copies.values()) == {1}
