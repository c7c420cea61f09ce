"""What was confirmed is sent, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select

from newsletter.bulletin.past import NEW, stamp
from newsletter.bulletin.when import When
from newsletter.bulletin.write import newest_of
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.ledger.confirm import mark, order_confirmed
from newsletter.ledger.run import Run
from newsletter.ledger.saving import save
from newsletter.links import Links
from tests import cast
from tests.ledger.stage import TEXT, desk


@pytest.fixture
def seen(db: Database, links: Links, now: datetime) -> str:
    """What the confirmation of a bulletin that was never sent carries."""
    with db.write() as session:
        cast.play(session, now)
    save(desk(db, links), TEXT, seen=NEW, author="mara", now=now)
    return mark_now(db)


def mark_now(db: Database) -> str:
    with db.read() as session:
        return mark(session, newest_of(session, "TB-1"))


def confirm(db: Database, links: Links, now: datetime, seen: str) -> int:
    return order_confirmed(desk(db, links), "TB-1", seen=seen, when=When(now), author="mara", now=now)


def runs(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Run)) or 0


def test_a_confirmation_makes_a_run_of_the_text_that_was_seen(
    db: Database, links: Links, now: datetime, seen: str
) -> None:
    run_id = confirm(db, links, now, seen)
    with db.read() as session:
        version = newest_of(session, "TB-1")
        assert session.get_one(Run, run_id).version_id == version.id
        assert version.frozen_at == now


def test_the_same_confirmation_again_makes_no_second_run(db: Database, links: Links, now: datetime, seen: str) -> None:
    confirm(db, links, now, seen)
    with pytest.raises(Conflict):
        confirm(db, links, now, seen)
    assert runs(db) == 1


def test_a_new_look_may_order_a_second_run(db: Database, links: Links, now: datetime, seen: str) -> None:
    confirm(db, links, now, seen)
    confirm(db, links, now, mark_now(db))
    assert runs(db) == 2


def test_a_text_that_changed_since_is_not_sent(db: Database, links: Links, now: datetime, seen: str) -> None:
    with db.read() as session:
        stamped = stamp(newest_of(session, "TB-1"))
    save(desk(db, links), TEXT + "More.", seen=stamped, author="otto", now=now)
    with pytest.raises(Conflict):
        confirm(db, links, now, seen)
    assert runs(db) == 0


def test_an_unknown_number_is_refused(db: Database, links: Links, now: datetime, seen: str) -> None:
    with pytest.raises(Conflict):
        order_confirmed(desk(db, links), "TB-9", seen=seen, when=When(now), author="mara", now=now)


def test_a_double_click_makes_one_run(db: Database, links: Links, now: datetime, seen: str) -> None:
    together = Barrier(4)

    def click(_: int) -> bool:
        together.wait()
        try:
            confirm(db, links, now, seen)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as clicks:
        assert sum(clicks.map(click, range(4))) == 1
    assert runs(db) == 1
