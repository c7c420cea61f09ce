"""At the local time of each person: who gets it when, on both databases, with a clock that is moved by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.account.account import Account
from newsletter.audience.person import Affiliation, Person
from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import When, read_theirs
from newsletter.db import Database
from newsletter.errors import BadTime
from newsletter.ledger.control import wake
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.paced import wake_put_off
from newsletter.ledger.run import Batch, Run
from newsletter.ledger.start import start_due
from newsletter.links import Links
from tests.ledger import stage
from tests.ledger.crowd import TEXT, crowd
from tests.ledger.test_waves import send_all

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def settle(db: Database, now: datetime, **zones: str) -> dict[str, int]:
    """People by the name of where they are; "account" stands at an account in Mexico, "abroad" at one in Japan."""
    people: dict[str, int] = {}
    with db.write() as session:
        for name, zone in zones.items():
            [people[name]] = crowd(session, 1, now, zone=zone)
        for name, account in (
            ("account", Account(number="1", name="Uno", zone="America/Mexico_City", country="DE", created_at=now)),
            ("abroad", Account(number="2", name="Zwei", zone="", country="JP", created_at=now)),
        ):
            session.add(account)
            session.flush()
            [people[name]] = crowd(session, 1, now)
            session.add(Affiliation(person_id=people[name], account_id=account.id))
    return people


def ordered(db: Database, links: Links, now: datetime, local: str = "2026-12-01T09:00") -> Run:
    when = read_theirs(local, BERLIN, now, timedelta(hours=4))
    text = TEXT.format(number="TB-1")
    run = stage.desk(db, links).order(text, topic="", when=when, author="mara", now=now).run
    with db.read() as session:
        return session.get_one(Run, run)


def due(db: Database, run: int) -> dict[int, datetime]:
    return {copy.person_id: copy.due_at for copy in stage.copies(db, run)}


def test_each_gets_it_when_it_is_nine_where_they_are(db: Database, links: Links, now: datetime) -> None:
    people = settle(db, now, new_york="America/New_York", tokyo="Asia/Tokyo", nowhere="", moon="Moon/Tranquility")
    run = ordered(db, links, now)
    assert (run.due_at, run.until) == (at("2026-12-01T00:00"), at("2026-12-01T15:00"))
    assert start_due(db, "engine", run.due_at - timedelta(seconds=1)) == []
    assert start_due(db, "engine", run.due_at) == [run.id]
    assert due(db, run.id) == {
        people["tokyo"]: at("2026-12-01T00:00"),
        people["abroad"]: at("2026-12-01T00:00"),
        people["nowhere"]: at("2026-12-01T08:00"),
        people["moon"]: at("2026-12-01T08:00"),
        people["new_york"]: at("2026-12-01T14:00"),
        people["account"]: at("2026-12-01T15:00"),
    }
    assert send_all(db, run.due_at) == 2
    finish_idle(db, run.due_at)
    assert stage.run_state(db, run.id) == "sending"
    assert [send_all(db, at(f"2026-12-01T{hour:02}:00")) for hour in (7, 8, 13, 14, 15)] == [0, 2, 0, 1, 1]
    finish_idle(db, at("2026-12-01T15:00"))
    assert stage.run_state(db, run.id) == "finished"


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        pytest.param("2027-03-28T02:30", BERLIN, "2027-03-28T01:30", id="a skipped time is an hour later"),
        pytest.param("2027-10-31T02:30", BERLIN, "2027-10-31T00:30", id="of two the first"),
        pytest.param("2027-03-14T02:30", "America/New_York", "2027-03-14T07:30", id="skipped in New York"),
        pytest.param("2027-11-07T01:30", "America/New_York", "2027-11-07T05:30", id="twice in New York"),
        pytest.param("2027-10-03T02:15", "Australia/Lord_Howe", "2027-10-02T15:45", id="half an hour skipped"),
        pytest.param("2028-02-29T09:00", "Asia/Tokyo", "2028-02-29T00:00", id="leap day"),
    ],
)
def test_fault_13_a_local_time_fires_once_however_clocks_are_moved(
    db: Database, links: Links, now: datetime, local: str, zone: str, instant: str
) -> None:
    with db.write() as session:
        [person] = crowd(session, 1, now, zone=zone)
    run = ordered(db, links, now, local)
    start_due(db, "engine", run.due_at)
    assert due(db, run.id) == {person: at(instant)}
    seconds = timedelta(seconds=1)
    assert [send_all(db, at(instant) + step * seconds) for step in (-1, 0, 3600)] == [0, 1, 0]


def test_who_is_past_the_hour_when_it_is_ordered_gets_it_the_next_day(
    db: Database, links: Links, now: datetime
) -> None:
    people = settle(db, now, tokyo="Asia/Tokyo", berlin=BERLIN)
    run = ordered(db, links, now, "2026-11-21T11:00")  # it is 10:00 in Berlin, and 18:00 in Tokyo
    assert run.due_at == at("2026-11-21T10:00")
    start_due(db, "engine", run.due_at)
    found = due(db, run.id)
    assert found[people["berlin"]] == at("2026-11-21T10:00")
    assert found[people["tokyo"]] == at("2026-11-22T02:00")


def test_an_engine_that_is_late_within_the_grace_sends_at_once_and_the_rest_in_time(
    db: Database, links: Links, now: datetime
) -> None:
    settle(db, now, tokyo="Asia/Tokyo", berlin=BERLIN)
    run = ordered(db, links, now)
    late = run.due_at + timedelta(hours=3)
    assert start_due(db, "engine", late) == [run.id]
    assert send_all(db, late) == 2  # Tokyo, three hours late
    assert send_all(db, at("2026-12-01T08:00")) == 1


def test_whoever_comes_later_than_the_order_is_where_they_are(db: Database, links: Links, now: datetime) -> None:
    settle(db, now, berlin=BERLIN)
    run = ordered(db, links, now)
    with db.write() as session:
        [late] = crowd(session, 1, now, zone="Pacific/Honolulu")
    start_due(db, "engine", run.due_at)
    assert due(db, run.id)[late] == at("2026-12-01T19:00")
    with db.read() as session:
        assert session.get_one(Run, run.id).until == at("2026-12-01T19:00")


def test_neither_a_changed_limit_nor_a_decision_makes_a_copy_go_before_its_hour(
    db: Database, links: Links, now: datetime
) -> None:
    settle(db, now, berlin=BERLIN, tokyo="Asia/Tokyo")
    run = ordered(db, links, now)
    start_due(db, "engine", run.due_at)
    send_all(db, run.due_at)
    wake_put_off(db, run.due_at)
    assert send_all(db, run.due_at) == 0
    with db.write() as session:
        everywhere = session.scalars(select(Batch.number).where(Batch.run_id == run.id)).all()
        wake(session, run.id, everywhere, run.due_at)
    assert send_all(db, run.due_at) == 0


def test_everybody_has_one_copy_however_many_accounts_they_stand_at(db: Database, links: Links, now: datetime) -> None:
    people = settle(db, now, berlin="")
    with db.write() as session:
        for account in session.scalars(select(Account)).all():
            session.merge(Affiliation(person_id=people["berlin"], account_id=account.id))
    run = ordered(db, links, now)
    start_due(db, "engine", run.due_at)
    with db.read() as session:
        everybody = set(session.scalars(select(Person.id)))
    assert sorted(due(db, run.id)) == sorted(everybody)
    assert due(db, run.id)[people["berlin"]] == at("2026-12-01T15:00")  # the account that has been there the longest


def test_waves_at_everybodys_own_time_are_refused(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        crowd(session, 1, now)
    when = When(now, "2026-12-01T09:00", BERLIN, waves=read_waves("10 %, 1 h, rest"), is_theirs=True)
    with pytest.raises(BadTime, match="do not go together"):
        stage.desk(db, links).order(TEXT.format(number="TB-1"), topic="", when=when, author="m", now=now)
