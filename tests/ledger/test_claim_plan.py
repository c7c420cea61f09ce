"""How many copies PostgreSQL looks at, however many a run or the ledger has: to claim a few those of the batch."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.ledger import control
from newsletter.ledger.claim import claim, lease_batch
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.order import Desk
from newsletter.ledger.run import Batch, BatchKey
from newsletter.ledger.start import start_due
from newsletter.ledger.states import State
from newsletter.ledger.tally import tally_idle
from newsletter.links import Links
from tests.bench import crowd

PEOPLE = 32_000
IN_A_BATCH = PEOPLE // 16
FEW = crowd.TEXT.replace("TB-1", "TB-2").replace("models: VX-500", "models: VX-500\nserials: A1-A20")
_LOOKED_AT = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'delivery'")


@pytest.fixture
def db(postgres_db: Database, now: datetime) -> Iterator[Database]:
    """A house of 32,000, and the database as an engine has it."""
    crowd.settle(postgres_db, PEOPLE, now)
    own = Database(postgres_db.engine.url, prepares=True)
    yield own
    own.close()


def start(db: Database, links: Links, now: datetime, words: str = crowd.TEXT) -> int:
    run = Desk(db, crowd.SENDER, links).order(words, topic="bench", when=When(now), author="bench", now=now).run
    assert start_due(db, "starter", now) == [run]
    assert run is not None
    return run


def last_batch(db: Database, now: datetime) -> BatchKey:
    batch = None
    while True:
        with db.write() as session:
            following = lease_batch(session, "engine", now)
        if following is None:
            assert batch is not None
            return batch
        batch = following


def looked_at(session: Session) -> int:
    return int(session.scalar(_LOOKED_AT) or 0)


def claims_at_the_end(db: Database, now: datetime) -> int:
    """How many copies were looked at for 500 of the last batch."""
    batch = last_batch(db, now)
    with db.write() as session:
        before = looked_at(session)
        assert len(claim(session, batch, "engine", 500, now)) == 500
        return looked_at(session) - before


def test_whoever_claims_from_the_last_batch_looks_at_no_other(db: Database, links: Links, now: datetime) -> None:
    start(db, links, now)
    assert claims_at_the_end(db, now) <= 4 * IN_A_BATCH


def test_a_plan_made_for_a_few_copies_is_made_anew_for_many(db: Database, links: Links, now: datetime) -> None:
    start(db, links, now, FEW)
    batch = last_batch(db, now)
    for _ in range(15):
        with db.write() as session:
            assert len(claim(session, batch, "engine", 1, now)) == 1
            session.execute(text("ANALYZE delivery"))  # as PostgreSQL does by itself now and then
    start(db, links, now)
    assert claims_at_the_end(db, now) <= 4 * IN_A_BATCH


def test_whoever_cancels_looks_at_no_copy_of_a_batch_that_is_over(db: Database, links: Links, now: datetime) -> None:
    run = start(db, links, now)
    with db.write() as session:
        session.execute(update(Delivery).where(Delivery.batch < 15).values(state=State.ACCEPTED))
        session.execute(update(Batch).where(Batch.number < 15).values(tally=None))
    assert tally_idle(db, now) == 15
    with db.write() as session:
        session.get_one(Batch, (run, 14)).tally = None  # one that an engine has just let go
    with db.read() as session:
        before = looked_at(session)
        assert session.scalars(control._with_open_copies(run, -1)).all() == [15]  # noqa: SLF001 - what a cancel asks
        assert looked_at(session) - before <= 2 * IN_A_BATCH
