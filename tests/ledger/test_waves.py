"""A run in waves: who is in which, when each goes, who may stop it; on both databases."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.bulletin.waves import WHOLE, Step, Waves, ends, read_waves
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.errors import Conflict, NotFound
from newsletter.ledger.claim import LEASE, claim, lease_batch, release_batch
from newsletter.ledger.control import cancel, pause, resume, wake
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.record import Result, record
from newsletter.ledger.run import Batch, Run
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event, State
from newsletter.ledger.wave import WIDTH, Wave, WaveState
from newsletter.ledger.wave_opening import open_due, send_next, send_rest
from newsletter.ledger.wave_rule import CameBack, alarm
from newsletter.links import Links
from tests.ledger import stage
from tests.ledger.crowd import TEXT, crowd

HOUR = timedelta(hours=1)
PLAN = "10 %, 4 h, rest"
GOOD = CameBack(100, 0, 0)


def look(_session: Session, _run_id: int, _wave: int) -> CameBack:
    return GOOD


def started(db: Database, links: Links, now: datetime, people: int = 30, plan: str = PLAN) -> int:
    with db.write() as session:
        crowd(session, people, now)
    return ordered(db, links, now, read_waves(plan))


def ordered(db: Database, links: Links, now: datetime, waves: Waves, number: str = "TB-1") -> int:
    text = TEXT.format(number=number)
    run = stage.desk(db, links).order(text, topic="", when=When(now, waves=waves), author="mara", now=now).run
    assert run is not None
    assert start_due(db, "starter", now) == [run]
    return run


def sizes(db: Database, run: int) -> list[int]:
    counts = Counter(copy.batch // WIDTH for copy in stage.copies(db, run))
    return [counts[wave] for wave in range(max(counts, default=-1) + 1)]


def waves(db: Database, run: int) -> list[Wave]:
    with db.read() as session:
        return list(session.scalars(select(Wave).where(Wave.run_id == run).order_by(Wave.number)))


def send_all(db: Database, now: datetime, event: Event = Event.ACCEPT) -> int:
    """What one engine would do: lease and settle whatever may go; how many copies that were."""
    settled = 0
    while True:
        with db.write() as session:
            batch = lease_batch(session, "engine", now)
        if batch is None:
            return settled
        with db.write() as session:
            copies = claim(session, batch, "engine", 5000, now)
            record(session, batch, [Result(copy.id, event, "said") for copy in copies], "engine", now)
            release_batch(session, batch, "engine", now)
        settled += len(copies)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.integers(0, 200),
    early=st.lists(st.integers(1, 3_000), min_size=1, max_size=3),
)
def test_every_person_is_in_exactly_one_wave_and_the_sizes_are_right(
    sqlite_db: Database, links: Links, now: datetime, people: int, early: list[int]
) -> None:
    with sqlite_db.write() as session:
        ids = crowd(session, people, now)
        some = set(ids)
    plan = (*(Step(share, HOUR) for share in early), Step(WHOLE - sum(early), HOUR))
    with sqlite_db.read() as session:
        number = len(session.scalars(select(Run.id)).all())
    run = ordered(sqlite_db, links, now, plan, number=f"TB-{number}")
    copies = stage.copies(sqlite_db, run)
    assert len({copy.person_id for copy in copies}) == len(copies)
    assert some <= {copy.person_id for copy in copies}
    upto = [-(-len(copies) * end // WHOLE) for end in ends(plan)]
    expected = [upper - lower for lower, upper in zip([0, *upto], upto, strict=False)]
    found = sizes(sqlite_db, run)
    assert [*found, *[0] * (len(plan) - len(found))] == expected
    assert [wave.copies for wave in waves(sqlite_db, run)] == expected
    # Nobody waits for a wave in which nobody is.
    states = [wave.state == WaveState.OPEN for wave in waves(sqlite_db, run)]
    assert states == [number == 0 or not size for number, size in enumerate(expected)]
    with sqlite_db.write() as session:
        for row in (Wave, Batch, Delivery):
            session.execute(delete(row).where(row.run_id == run))


def test_both_databases_draw_the_same_fair_sample(db: Database, links: Links, now: datetime) -> None:
    """The seed alone says who is in which wave: 400 people, every fourth in another country, five waves."""
    with db.write() as session:
        ids = crowd(session, 400, now)
    plan = read_waves("20 %, 1 h, 20 %, 1 h, 20 %, 1 h, 20 %, 1 h, rest")
    when = When(now, waves=plan)
    run = stage.desk(db, links).order(TEXT.format(number="TB-1"), topic="", when=when, author="m", now=now).run or 0
    with db.write() as session:
        session.get_one(Run, run).seed = "a seed that stays"
    start_due(db, "starter", now)
    places = {copy.person_id: copy.batch // WIDTH for copy in stage.copies(db, run)}
    assert Counter(places.values()) == dict.fromkeys(range(5), 80)
    drawn = [places[id_] for id_ in ids]
    assert "".join(map(str, drawn[:16])) == "4421243100113422"
    for wave in range(5):
        residues = Counter(index % 4 for index, its in enumerate(drawn) if its == wave)
        assert all(8 <= residues[residue] <= 34 for residue in range(4))
        assert 20 <= sum(its == wave for its in drawn[:200]) <= 60


def test_another_run_draws_other_people(db: Database, links: Links, now: datetime) -> None:
    first = started(db, links, now, people=60)
    second = ordered(db, links, now, read_waves(PLAN), number="TB-2")
    one, other = ({copy.person_id for copy in stage.copies(db, run) if copy.batch < WIDTH} for run in (first, second))
    assert len(one) == len(other) == 6
    assert one != other


def test_the_second_wave_goes_four_hours_after_the_first_has_gone_out(
    db: Database, links: Links, now: datetime
) -> None:
    """Fault 13: the wait is a duration, and begins when the last copy was tried, not when the wave was begun."""
    run = started(db, links, now)
    assert open_due(db, "engine", now, look) == []
    assert waves(db, run)[1].due_at is None  # the first wave is still going out
    assert send_all(db, now + HOUR) == 3
    gone = now + 2 * HOUR
    assert open_due(db, "engine", gone, look) == []
    assert waves(db, run)[1].due_at == gone + 4 * HOUR
    almost = gone + 4 * HOUR - timedelta(seconds=1)
    finish_idle(db, almost)
    assert (open_due(db, "engine", almost, look), send_all(db, almost)) == ([], 0)
    assert stage.run_state(db, run) == "sending"
    assert open_due(db, "engine", gone + 4 * HOUR, look) == [(run, 2)]
    assert send_all(db, gone + 4 * HOUR) == 27
    finish_idle(db, gone + 4 * HOUR)
    assert stage.run_state(db, run) == "finished"
    assert stage.states(db, run) == {"accepted": 30}


def test_copies_put_off_by_a_server_do_not_hold_up_the_next_wave(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    with db.write() as session:
        batch = lease_batch(session, "engine", now)
        assert batch is not None
        copies = claim(session, batch, "engine", 50, now)
        later = [Result(copy.id, Event.DEFER, "busy", now + timedelta(days=1)) for copy in copies]
        record(session, batch, later, "engine", now)
        release_batch(session, batch, "engine", now)
    open_due(db, "engine", now, look)
    assert waves(db, run)[1].due_at == now + 4 * HOUR


def test_eight_engines_at_once_open_a_wave_once(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, look)
    opened: list[tuple[int, int]] = []

    def work(number: int) -> None:
        opened.extend(open_due(db, f"engine {number}", now + 4 * HOUR, look))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [(run, 2)]


def test_a_paused_run_opens_no_wave_and_catches_up_when_it_goes_on(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, look)
    pause(db, run, "mara", now)
    later = now + timedelta(days=2)
    assert (open_due(db, "engine", later, look), send_all(db, later)) == ([], 0)
    resume(db, run, "mara", later)
    assert open_due(db, "engine", later, look) == [(run, 2)]
    assert send_all(db, later) == 27


def test_nothing_makes_a_batch_of_a_wave_due_before_it_is_opened(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    send_all(db, now, Event.LOSE)
    with db.write() as session:  # as staff do who decide about copies in doubt
        wake(session, run, session.scalars(select(Batch.number).where(Batch.run_id == run)).all(), now)
    assert send_all(db, now + timedelta(days=1)) == 0
    with db.read() as session:
        shut = select(Batch.due_at).where(Batch.run_id == run, Batch.number >= WIDTH)
        assert set(session.scalars(shut)) == {None}


def test_a_colleague_lets_the_next_wave_go_at_once(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now, plan="10 %, 4 h, 20 %, 4 h, 20 %, 1 d, rest")
    assert send_all(db, now) == 3
    assert send_next(db, run, "mara@vendor.example", now) == 2
    assert send_all(db, now) == 6
    send_rest(db, run, "mara@vendor.example", now)
    assert send_all(db, now) == 21
    assert [wave.opened_by for wave in waves(db, run)] == ["starter", *["mara@vendor.example"] * 3]
    with pytest.raises(Conflict):
        send_next(db, run, "mara", now)
    with pytest.raises(NotFound):
        send_rest(db, run + 1, "mara", now)


def test_a_wave_let_go_while_the_run_is_paused_goes_when_it_goes_on(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    pause(db, run, "mara", now)
    send_rest(db, run, "mara", now)
    assert send_all(db, now) == 0
    resume(db, run, "mara", now)
    assert send_all(db, now) == 30


def test_the_rest_of_the_waves_can_be_cancelled(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    send_all(db, now)
    cancel(db, run, "mara", now)
    assert stage.states(db, run) == {"accepted": 3, "cancelled": 27}
    assert (open_due(db, "engine", now + timedelta(days=9), look), send_all(db, now + timedelta(days=9))) == ([], 0)
    with pytest.raises(Conflict):
        send_next(db, run, "mara", now)


def test_a_wave_is_held_where_much_came_back_until_somebody_decides(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, look)

    def bad(_session: Session, run_id: int, wave: int) -> CameBack:
        assert (run_id, wave) == (run, 1)
        return CameBack(100, 40, 0)

    later = now + 4 * HOUR
    assert open_due(db, "engine", later, bad) == []
    held = waves(db, run)[1]
    assert held.state == WaveState.HELD
    assert "40 of 100 copies were refused" in held.held_because
    assert (open_due(db, "engine", later + timedelta(days=1), look), send_all(db, later)) == ([], 0)
    finish_idle(db, later)
    assert stage.run_state(db, run) == "sending"
    send_next(db, run, "mara", later)
    assert send_all(db, later) == 27


@pytest.mark.parametrize(
    ("came_back", "is_held"),
    [
        pytest.param(CameBack(0, 0, 0), False, id="nothing yet"),
        pytest.param(CameBack(10, 1, 0), False, id="one refusal among ten is chance"),
        pytest.param(CameBack(100, 9, 0), False, id="nine among a hundred may be chance"),
        pytest.param(CameBack(100, 10, 0), True, id="ten among a hundred are not"),
        pytest.param(CameBack(10_000, 450, 0), False, id="4.5 % of many"),
        pytest.param(CameBack(10_000, 550, 0), True, id="5.5 % of many"),
        pytest.param(CameBack(100, 0, 4), False, id="four opt-outs among a hundred may be chance"),
        pytest.param(CameBack(100, 0, 6), True, id="six are not"),
        pytest.param(CameBack(3, 3, 0), True, id="all of three refused"),
        pytest.param(CameBack(0, 0, 2), True, id="who left before the server's answer was noted"),
    ],
)
def test_the_rule_holds_a_wave_only_where_it_is_sure(came_back: CameBack, is_held: bool) -> None:  # noqa: FBT001
    assert bool(alarm(came_back)) is is_held


def test_a_lease_of_a_dead_engine_in_the_first_wave_frees_no_other(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    with db.write() as session:
        assert lease_batch(session, "dead", now) == (run, 0)
    assert send_all(db, now + LEASE + timedelta(seconds=1)) == 3
    assert stage.states(db, run) == {State.ACCEPTED: 3, State.WAITING: 27}
