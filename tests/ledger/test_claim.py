import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from newsletter.audience.consent import ConsentAct
from newsletter.audience.preferences import Preference
from newsletter.audience.suppression import Suppression
from newsletter.db import Database
from newsletter.ledger.claim import (
    LEASE,
    About,
    Claimed,
    claim,
    has_work,
    lease_batch,
    no_longer_wanted,
    release_batch,
    renew_lease,
)
from newsletter.ledger.control import pause
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.lookup import why
from newsletter.ledger.record import Result, record
from newsletter.ledger.run import Batch
from newsletter.ledger.states import Event, State
from newsletter.links import Links
from tests import cast
from tests.ledger import stage

SECOND = timedelta(seconds=1)


@pytest.fixture
def house(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


@pytest.fixture
def run(db: Database, links: Links, house: cast.Cast, now: datetime) -> int:  # noqa: ARG001 - the cast must stand
    return stage.started(db, links, now)


def leased(db: Database, engine: str, now: datetime) -> tuple[int, int] | None:
    with db.write() as session:
        return lease_batch(session, engine, now)


def at_once(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_engines_at_once_claim_every_copy_once(db: Database, run: int, now: datetime) -> None:
    with db.write() as session:
        for copy in session.scalars(select(Delivery)):
            copy.batch = copy.id % 3
        session.add_all([Batch(run_id=run, number=number, due_at=now) for number in (1, 2)])
    claims: Counter[int] = Counter()
    accepted = threading.Lock()

    def work(number: int) -> None:
        engine = f"engine {number}"
        while batch := leased(db, engine, now):
            while chunk := _chunk(db, batch, engine, now):
                with accepted:
                    claims.update(copy.id for copy in chunk)
                with db.write() as session:
                    record(session, batch, [Result(copy.id, Event.ACCEPT) for copy in chunk], engine, now)
            with db.write() as session:
                release_batch(session, batch, engine, now)

    at_once(8, work)
    assert claims == Counter(copy.id for copy in stage.copies(db, run))
    assert stage.states(db, run) == {"accepted": 4}


def _chunk(db: Database, batch: tuple[int, int], engine: str, now: datetime) -> list[Claimed]:
    with db.write() as session:
        return claim(session, batch, engine, 1, now)


def test_eight_engines_at_once_lease_a_batch_once(db: Database, run: int, now: datetime) -> None:
    got: list[tuple[int, int] | None] = []
    at_once(8, lambda number: got.append(leased(db, f"engine {number}", now)))
    assert Counter(got) == {(run, 0): 1, None: 7}


def test_a_claimed_copy_says_who_has_it(db: Database, run: int, now: datetime) -> None:
    chunk = stage.claimed(db, run, now, limit=3)
    copies = stage.copies(db, run)
    assert [(copy.state, copy.claimed_by, copy.claimed_at) for copy in copies[:3]] == [
        (State.CLAIMED, "engine", now)
    ] * 3
    assert copies[3].state == State.WAITING
    assert [copy.id for copy in chunk] == [copy.id for copy in copies][:3]


def test_a_lease_lasts_and_then_another_engine_takes_over(db: Database, run: int, now: datetime) -> None:
    assert leased(db, "first", now) == (run, 0)
    assert leased(db, "second", now + LEASE) is None
    with db.write() as session:
        assert renew_lease(session, (run, 0), "first", now + LEASE)
    assert leased(db, "second", now + LEASE + SECOND) is None
    assert leased(db, "second", now + 2 * LEASE + SECOND) == (run, 0)
    with db.write() as session:
        assert not renew_lease(session, (run, 0), "first", now + 2 * LEASE + SECOND)
        assert claim(session, (run, 0), "first", 50, now + 2 * LEASE + SECOND) == []
        release_batch(session, (run, 0), "first", now)
    with db.read() as session:
        assert session.get_one(Batch, (run, 0)).engine == "second"


def test_a_batch_given_back_is_due_when_its_earliest_copy_is(db: Database, run: int, now: datetime) -> None:
    first, second, third, _ = stage.claimed(db, run, now)
    early, late = now + timedelta(minutes=30), now + timedelta(hours=1)
    stage.told(db, [Result(first.id, Event.DEFER, "", late), Result(second.id, Event.DEFER, "", early)], now)
    stage.told(db, [Result(third.id, Event.ACCEPT)], now)
    with db.write() as session:
        release_batch(session, (run, 0), "engine", now)
    with db.read() as session:
        batch = session.get_one(Batch, (run, 0))
        assert (batch.engine, batch.lease_until, batch.due_at) == ("", None, early)
        assert not has_work(session, early - SECOND)
        assert has_work(session, early)
    assert leased(db, "engine", early) == (run, 0)
    assert [copy.id for copy in _chunk(db, (run, 0), "engine", early)] == [second.id]
    assert _chunk(db, (run, 0), "engine", early) == []


def test_a_batch_without_open_copies_is_never_due_again(db: Database, run: int, now: datetime) -> None:
    chunk = stage.claimed(db, run, now)
    stage.told(db, [Result(copy.id, Event.REFUSE) for copy in chunk], now)
    with db.write() as session:
        release_batch(session, (run, 0), "engine", now)
    with db.read() as session:
        assert session.get_one(Batch, (run, 0)).due_at is None
    assert leased(db, "engine", now + timedelta(days=9)) is None


@pytest.mark.parametrize("way", ["opt-out", "pause of the topic", "suppression"])
def test_who_leaves_between_enrolment_and_claim_gets_nothing(
    db: Database, run: int, house: cast.Cast, now: datetime, way: str
) -> None:
    with db.write() as session:
        if way == "suppression":
            session.add(Suppression(address_key=house.nora.address_key, reason="x", source="x", created_at=now))
        else:
            act = ConsentAct.WITHDRAWN if way == "opt-out" else ConsentAct.PAUSED
            cast.consent(session, house.nora, house.bulletins, act, now)
    chunk = stage.claimed(db, run, now + SECOND)
    assert house.nora.id not in {copy.person_id for copy in chunk}
    assert stage.states(db, run) == {"claimed": 3, "withheld": 1}
    (withheld,) = [copy for copy in stage.copies(db, run) if copy.person_id == house.nora.id]
    assert (withheld.settled_at, stage.events(db, withheld.id)) == (now + SECOND, [Event.WITHHOLD])


@pytest.mark.parametrize(
    "wish", [{"frequency": "safety"}, {"paused_until": datetime(2027, 1, 1, tzinfo=UTC)}], ids=["safety only", "paused"]
)
@pytest.mark.parametrize("klass", ["technical", "safety"])
def test_fault_18_who_wants_less_while_queued_gets_no_copy_unless_it_is_of_safety(
    db: Database, links: Links, house: cast.Cast, now: datetime, wish: dict[str, object], klass: str
) -> None:
    text = stage.TEXT.replace("TB-1", "TB-2").replace("class: technical", f"class: {klass}")
    queued = stage.started(db, links, now, text)
    with db.write() as session:
        session.add(Preference(person_id=house.nora.id, **wish))
    chunk = stage.claimed(db, queued, now + SECOND)
    assert (house.nora.id in {copy.person_id for copy in chunk}) == (klass == "safety")
    with db.read() as session:
        said = why(session, house.nora.address, "TB-2", now).sentences
    assert any("asked for fewer mails" in sentence for sentence in said) == (klass == "technical")


def test_who_leaves_after_the_claim_is_found_at_the_last_look(
    db: Database, run: int, house: cast.Cast, now: datetime
) -> None:
    chunk = stage.claimed(db, run, now)
    with db.write() as session:
        cast.consent(session, house.pia, house.bulletins, ConsentAct.WITHDRAWN, now)
    with db.read() as session:
        unwanted = no_longer_wanted(
            session, About(house.bulletins.id, is_safety=False), [copy.id for copy in chunk], now
        )
    assert unwanted == {copy.id for copy in chunk if copy.person_id == house.pia.id}


def test_nothing_is_claimed_from_a_run_that_was_paused_meanwhile(db: Database, run: int, now: datetime) -> None:
    assert leased(db, "engine", now) == (run, 0)
    pause(db, run, "mara", now)
    assert _chunk(db, (run, 0), "engine", now) == []
    assert stage.states(db, run) == {"waiting": 4}
    with db.read() as session:
        assert not has_work(session, now + LEASE + SECOND)


def test_a_batch_of_a_run_that_does_not_exist_gives_nothing(db: Database, run: int, now: datetime) -> None:
    assert _chunk(db, (run + 1, 0), "engine", now) == []


def test_sixteen_taken_batches_do_not_hide_the_seventeenth(db: Database, run: int, now: datetime) -> None:
    with db.write() as session:
        session.add_all([Batch(run_id=run, number=number, due_at=now) for number in range(1, 20)])
    taken = [leased(db, f"engine {number}", now) for number in range(21)]
    assert taken == [*((run, number) for number in range(20)), None]
    with db.write() as session:
        session.execute(update(Batch).values(lease_until=now - SECOND))
        assert session.scalar(select(func.count()).select_from(Batch)) == 20
    assert leased(db, "late", now) == (run, 0)
