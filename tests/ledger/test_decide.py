from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from newsletter.db import Database
from newsletter.errors import Conflict, NotFound
from newsletter.ledger import decide
from newsletter.ledger.claim import lease_batch, release_batch
from newsletter.ledger.control import cancel, pause
from newsletter.ledger.decide import let_be, release, resend_in_doubt, retry_expired, retry_refused
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.record import Result
from newsletter.ledger.refusal import Refusal
from newsletter.ledger.run import Batch, Run
from newsletter.ledger.states import Event, State
from newsletter.links import Links
from newsletter.staff.audit import AuditEntry
from tests import cast
from tests.ledger import stage

Act = Callable[..., int]
ABOUT: dict[Act, State] = {
    resend_in_doubt: State.IN_DOUBT,
    let_be: State.IN_DOUBT,
    release: State.HELD,
    retry_expired: State.EXPIRED,
    retry_refused: State.REFUSED,
}
SENDING = [act for act in ABOUT if act is not let_be]


@pytest.fixture
def run(db: Database, links: Links, now: datetime) -> int:
    with db.write() as session:
        cast.play(session, now)
    return stage.started(db, links, now)


@pytest.fixture
def portions(db: Database, run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four refused copies, of which three are moved in one transaction."""
    stage.apart(db, run)
    monkeypatch.setattr(decide, "_BATCHES_AT_ONCE", 3)
    with db.write() as session:
        session.execute(update(Delivery).values(state=State.REFUSED))
        session.execute(update(Batch).values(due_at=None))
        session.execute(update(Run).values(state="finished"))


def last_audit(db: Database) -> tuple[str, str, str]:
    with db.read() as session:
        row = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        return row.who, row.act, row.subject


def test_copies_in_doubt_are_sent_again_and_wake_a_finished_run(db: Database, run: int, now: datetime) -> None:
    first, second, *rest = stage.claimed(db, run, now)
    stage.told(db, [Result(copy.id, Event.LOSE, "Cut off.") for copy in (first, second)], now)
    stage.told(db, [Result(copy.id, Event.HOLD) for copy in rest], now)
    with db.write() as session:
        release_batch(session, (run, 0), "engine", now)
    finish_idle(db, now)
    assert stage.run_state(db, run) == "finished"
    later = now + timedelta(hours=2)
    assert resend_in_doubt(db, run, "mara", later) == 2
    with db.read() as session:
        row = session.get_one(Run, run)
        assert (row.state, row.finished_at) == ("sending", None)
    assert last_audit(db) == ("mara", "resend in doubt: 2", f"run {run}")
    assert stage.states(db, run) == {"waiting": 2, "held": 2}
    assert stage.events(db, first.id) == [Event.LOSE, Event.RESEND]
    assert {copy.id for copy in stage.claimed(db, run, later)} == {first.id, second.id}


def test_without_doubt_a_finished_run_sleeps_on(db: Database, run: int, now: datetime) -> None:
    stage.told(db, [Result(copy.id, Event.ACCEPT) for copy in stage.claimed(db, run, now)], now)
    with db.write() as session:
        release_batch(session, (run, 0), "engine", now)
    finish_idle(db, now)
    assert resend_in_doubt(db, run, "mara", now) == 0
    assert stage.run_state(db, run) == "finished"


def test_what_is_in_doubt_in_a_cancelled_run_is_not_sent_again(db: Database, run: int, now: datetime) -> None:
    copy, *_ = stage.claimed(db, run, now)
    cancel(db, run, "mara", now)
    stage.told(db, [Result(copy.id, Event.LOSE)], now)
    with pytest.raises(Conflict, match="is cancelled"):
        resend_in_doubt(db, run, "mara", now)
    assert stage.state_of(db, copy.id) == State.IN_DOUBT


@pytest.mark.parametrize("act", ABOUT)
def test_an_act_moves_what_it_is_about_and_nothing_else(db: Database, run: int, now: datetime, act: Act) -> None:
    copy, *_ = stage.copies(db, run)
    for state in State:
        stage.put(db, copy.id, state)
        moves = state is ABOUT[act]
        assert act(db, run, "mara", now) == moves
        expected = (State.LET_BE if act is let_be else State.WAITING) if moves else state
        assert stage.state_of(db, copy.id) == expected
        assert str(int(moves)) in last_audit(db)[1]


@pytest.mark.parametrize("act", [resend_in_doubt, let_be, release, retry_expired])
def test_an_act_about_named_copies_leaves_the_others(db: Database, run: int, now: datetime, act: Act) -> None:
    one, *others = stage.copies(db, run)
    for copy in (one, *others):
        stage.put(db, copy.id, ABOUT[act])
    assert act(db, run, "mara", now, copies=[one.id]) == 1
    assert {stage.state_of(db, copy.id) for copy in others} == {ABOUT[act]}


def test_a_copy_of_another_run_is_not_touched(db: Database, run: int, now: datetime) -> None:
    copy, *_ = stage.copies(db, run)
    stage.put(db, copy.id, State.IN_DOUBT)
    with db.write() as session:
        here = session.get_one(Run, run)
        session.add(Run(version_id=here.version_id, topic_id=here.topic_id, state="finished", due_at=now,
                        seed="s", author="mara", created_at=now))  # fmt: skip
    assert resend_in_doubt(db, run + 1, "mara", now, copies=[copy.id]) == 0
    assert stage.state_of(db, copy.id) == State.IN_DOUBT


@pytest.mark.parametrize("act", ABOUT)
def test_a_run_that_does_not_exist_is_not_found(db: Database, run: int, now: datetime, act: Act) -> None:
    with pytest.raises(NotFound, match=f"There is no run {run + 1}"):
        act(db, run + 1, "mara", now)


@pytest.mark.parametrize("act", SENDING)
def test_a_cancelled_run_sends_nothing_again(db: Database, run: int, now: datetime, act: Act) -> None:
    copy, *_ = stage.copies(db, run)
    stage.put(db, copy.id, ABOUT[act])
    cancel(db, run, "mara", now)
    stood = stage.state_of(db, copy.id)
    with pytest.raises(Conflict, match="is cancelled"):
        act(db, run, "mara", now)
    assert stage.state_of(db, copy.id) == stood


def test_what_is_sent_again_in_a_paused_run_waits_until_it_goes_on(db: Database, run: int, now: datetime) -> None:
    copy, *_ = stage.copies(db, run)
    stage.put(db, copy.id, State.HELD)
    pause(db, run, "mara", now)
    assert release(db, run, "mara", now) == 1
    assert stage.run_state(db, run) == "paused"


def test_a_copy_that_was_given_up_has_all_its_tries_again(db: Database, run: int, now: datetime) -> None:
    copy, *_ = stage.copies(db, run)
    with db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == copy.id).values(state=State.EXPIRED, deferred=17))
    assert retry_expired(db, run, "mara", now) == 1
    again = next(each for each in stage.copies(db, run) if each.id == copy.id)
    assert (again.deferred, again.due_at, again.state) == (0, now, State.WAITING)


@pytest.mark.usefixtures("portions")
def test_of_many_copies_some_are_moved_at_a_time(db: Database, run: int, now: datetime) -> None:
    assert retry_refused(db, run, "mara", now) == 4
    with db.read() as session:
        told = session.scalars(select(AuditEntry.act).where(AuditEntry.who == "mara").order_by(AuditEntry.id)).all()
    assert list(told[-2:]) == ["retry refused: 3", "retry refused: 1"]
    assert (stage.run_state(db, run), stage.states(db, run)) == ("sending", {"waiting": 4})
    with db.write() as session:
        assert {lease_batch(session, "engine", now) for _ in range(4)} == {(run, number) for number in range(4)}


@pytest.mark.usefixtures("portions")
def test_a_cancel_stops_moving_copies_half_way(
    db: Database, run: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    portions = decide._portions  # noqa: SLF001 - our own

    def cancelled_behind_the_first(*about: object) -> Iterator[list[int]]:
        first, second = portions(*about)  # type: ignore[arg-type]
        yield first
        cancel(db, run, "otto", now)
        yield second

    monkeypatch.setattr(decide, "_portions", cancelled_behind_the_first)
    with pytest.raises(Conflict, match="is cancelled"):
        retry_refused(db, run, "mara", now)
    assert stage.states(db, run) == {"cancelled": 3, "refused": 1}


REPLIES = {
    "550 5.1.1 no such user here": Refusal.MAILBOX,
    "550 5.2.1 mailbox shut": Refusal.MAILBOX,
    "552 5.2.3 too long": Refusal.CONTENT,
    "552 5.3.4 too big": Refusal.CONTENT,
    "554 5.6.0 looks odd": Refusal.CONTENT,
    "550 5.7.1 blocked": Refusal.POLICY,
    "550 5.7.515 access denied": Refusal.POLICY,
    "553 5.1.8 your domain is unknown": Refusal.POLICY,
    "550 no": Refusal.OTHER,
    "554 5.3.0 out of order": Refusal.OTHER,
    "The message has 9 octets; the relay takes 5.": Refusal.OTHER,
    "": Refusal.OTHER,
}


@pytest.mark.parametrize("reply", REPLIES)
def test_only_what_was_refused_for_a_cause_is_tried_again(db: Database, run: int, now: datetime, reply: str) -> None:
    copy, *_ = stage.copies(db, run)
    cause = REPLIES[reply]
    with db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == copy.id).values(state=State.REFUSED, reply=reply))
    assert retry_refused(db, run, "mara", now, causes=set(Refusal) - {cause}) == 0
    assert retry_refused(db, run, "mara", now, causes=[cause]) == 1
    assert stage.state_of(db, copy.id) == State.WAITING


def test_only_what_was_refused_at_a_domain_is_tried_again(db: Database, run: int, now: datetime) -> None:
    with db.write() as session:
        session.execute(update(Delivery).values(state=State.REFUSED, reply="550 5.7.1 blocked"))
    assert retry_refused(db, run, "mara", now, domain="north.example") == 0
    assert retry_refused(db, run, "mara", now, domain="%") == 0
    assert retry_refused(db, run, "mara", now, domain="Toolroom-North.example") == 2
    assert stage.states(db, run) == {"refused": 2, "waiting": 2}
