from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest

from newsletter.bulletin.past import NEW
from newsletter.bulletin.source import BulletinClass
from newsletter.db import Database
from newsletter.ledger.run import RunState
from newsletter.ledger.saving import save
from newsletter.ledger.states import State
from newsletter.links import Links
from newsletter.report.bulletins import bulletins, runs_of
from tests import cast
from tests.ledger.stage import TEXT, copies, desk, ordered, put, started

Counted = Callable[[Database], AbstractContextManager[list[str]]]


@pytest.fixture(autouse=True)
def _cast(db: Database, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)


def test_the_newest_come_first_with_their_last_run(db: Database, links: Links, now: datetime) -> None:
    first = started(db, links, now)
    put(db, copies(db, first)[0].id, State.ACCEPTED)
    put(db, copies(db, first)[1].id, State.REFUSED)
    ordered(db, links, now, TEXT.replace("TB-1", "TB-2").replace("technical", "safety"))
    with db.read() as session:
        second, one = bulletins(session, limit=9)
    assert (second.number, second.klass, one.number) == ("TB-2", BulletinClass.SAFETY, "TB-1")
    assert second.last_run
    assert (second.last_run.state, second.last_run.copies) == (RunState.SCHEDULED, 0)
    assert one.last_run
    assert (one.last_run.id, one.last_run.copies, one.last_run.accepted, one.last_run.to_go) == (first, 4, 1, 2)


def test_a_bulletin_is_listed_by_its_newest_version_and_its_newest_run(
    db: Database, links: Links, now: datetime
) -> None:
    started(db, links, now)
    last = ordered(db, links, now, TEXT.replace("Lubrication", "Grease"))
    with db.read() as session:
        (listed,) = bulletins(session, limit=9)
        runs = runs_of(session, listed.id)
    assert (listed.title, listed.last_run and listed.last_run.id) == ("Grease", last)
    assert [run.id for run in runs] == [last, last - 1]


def test_what_was_never_sent_has_no_run(db: Database, links: Links, now: datetime) -> None:
    save(desk(db, links), TEXT, seen=NEW, author="mara", now=now)
    with db.read() as session:
        assert [listed.last_run for listed in bulletins(session, limit=9)] == [None]


def test_pages_follow_each_other_at_the_same_cost(db: Database, links: Links, now: datetime, counted: Counted) -> None:
    for number in range(1, 6):
        ordered(db, links, now, TEXT.replace("TB-1", f"TB-{number}"))
    with db.read() as session, counted(db) as statements:
        page = bulletins(session, limit=3)
        assert len([line for line in statements if "SELECT" in line]) == 3
        rest = bulletins(session, limit=3, before_id=page[-1].id)
    assert [listed.number for listed in (*page, *rest)] == ["TB-5", "TB-4", "TB-3", "TB-2", "TB-1"]
