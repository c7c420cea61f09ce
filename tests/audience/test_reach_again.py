"""A bounce that was wrong: a colleague says that the address works."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.account.account import Account
from newsletter.audience.bounce import Unreachable
from newsletter.audience.person import Person
from newsletter.audience.reach_again import reach_again
from newsletter.audience.unreachable import CameBack, came_back
from newsletter.db import Database
from newsletter.errors import Conflict, NotFound
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.states import State
from newsletter.report.people import people_at
from newsletter.retention.account_reach import Unreached
from newsletter.staff.audit import AuditEntry
from tests import cast
from tests.optout.copies import Stage, set_stage

ADA = "ada@vendor.example"


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


def bounce(db: Database, person: Person, key: str, at: datetime) -> bool:
    with db.write() as session:
        mail = CameBack(key, person.id, person.address, is_hard=True, status="5.1.1", words="550 5.1.1 no such user")
        return came_back(session, mail, at)


def reach(db: Database, account: Account, person: Person, now: datetime) -> Unreached:
    with db.read() as session:
        return next(one.reach for one in people_at(session, account.id, now) if one.id == person.id)


def test_they_get_mail_again_until_one_comes_back_once_more(db: Database, stage: Stage, now: datetime) -> None:
    una, north = stage.cast.una, stage.cast.north
    before = reach(db, north, una, now)
    assert bounce(db, una, "delivery:1", now)
    assert reach(db, north, una, now) == Unreached.BOUNCED != before
    reach_again(db, una.id, author=ADA, now=now + timedelta(hours=1))
    assert reach(db, north, una, now) == before
    assert not bounce(db, una, "delivery:1", now + timedelta(hours=2))
    assert bounce(db, una, "delivery:2", now + timedelta(hours=2))
    assert reach(db, north, una, now) == Unreached.BOUNCED


def test_who_and_when_is_on_record(db: Database, stage: Stage, now: datetime) -> None:
    una = stage.cast.una
    bounce(db, una, "delivery:1", now)
    reach_again(db, una.id, author=ADA, now=now)
    with db.read() as session:
        row = session.scalars(select(Unreachable)).one()
        assert (row.lifted_at, row.lifted_because) == (now, f"{ADA} says that the address works")
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.at, entry.who, entry.act, entry.subject) == (now, ADA, "lifted unreachable", f"person {una.id}")


def test_where_nothing_is_held_back_the_second_colleague_is_told_and_nothing_is_written(
    db: Database, stage: Stage, now: datetime
) -> None:
    una = stage.cast.una
    with pytest.raises(Conflict, match="not held back"):
        reach_again(db, una.id, author=ADA, now=now)
    bounce(db, una, "delivery:1", now)
    reach_again(db, una.id, author=ADA, now=now)
    with pytest.raises(Conflict, match="not held back"):
        reach_again(db, una.id, author="bob@vendor.example", now=now)
    with pytest.raises(NotFound):
        reach_again(db, 10**9, author=ADA, now=now)
    with db.read() as session:
        assert [entry.who for entry in session.scalars(select(AuditEntry))] == [ADA]


def test_a_refusal_of_before_counts_no_more(db: Database, stage: Stage, now: datetime) -> None:
    una, north = stage.cast.una, stage.cast.north
    before = reach(db, north, una, now)
    with db.write() as session:
        copy = session.get_one(Delivery, stage.una.delivery_id)
        copy.state, copy.reply, copy.settled_at = State.REFUSED, "550 5.1.1 no such user", now
    bounce(db, una, "delivery:9", now)
    reach_again(db, una.id, author=ADA, now=now + timedelta(hours=1))
    assert reach(db, north, una, now) == before
