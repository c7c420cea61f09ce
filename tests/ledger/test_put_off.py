"""Copies that wait for a limit, while the limits change."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.domain import domain_of
from newsletter.ledger.claim import lease_batch, release_batch, renew_lease
from newsletter.ledger.paced import claim_paced, wake_put_off
from newsletter.ledger.run import Batch, BatchKey
from newsletter.links import Links
from newsletter.pace.admission import Errand
from newsletter.pace.limits import limits_in_force
from newsletter.pace.pause import block_domain
from tests import cast
from tests.ledger import stage


@pytest.fixture
def batch(db: Database, links: Links, now: datetime) -> BatchKey:
    """Leased to "engine"; every provider of its people has just refused us."""
    with db.write() as session:
        cast.play(session, now)
    run = stage.started(db, links, now)
    with db.write() as session:
        leased = lease_batch(session, "engine", now)
        for domain in {domain_of(copy.address) for copy in stage.copies(db, run)}:
            block_domain(session, domain, "550 5.7.1 blocked", by="engine", now=now)
    assert leased
    return leased


def put_off(session: Session, batch: BatchKey, now: datetime) -> None:
    """What an engine does with a batch whose copies all have to wait."""
    assert renew_lease(session, batch, "engine", now)
    claim = claim_paced(session, limits_in_force(session), Errand(batch[0], "relay", "UTC"), batch, "engine", 50, now)
    assert not claim.copies
    release_batch(session, batch, "engine", now)


def is_due(db: Database, batch: BatchKey, now: datetime) -> tuple[bool, bool]:
    """The batch, and all its copies."""
    with db.read() as session:
        due_at = session.scalars(select(Batch.due_at).where(Batch.run_id == batch[0], Batch.number == batch[1])).one()
    return due_at is not None and due_at <= now, all(copy.due_at <= now for copy in stage.copies(db, batch[0]))


def test_what_waits_asks_again_when_limits_have_changed(db: Database, batch: BatchKey, now: datetime) -> None:
    with db.write() as session:
        put_off(session, batch, now)
    assert is_due(db, batch, now) == (False, False)
    wake_put_off(db, now)
    assert is_due(db, batch, now) == (True, True)


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)
def test_a_batch_that_is_given_back_meanwhile_is_woken_with_its_copies(
    db: Database, batch: BatchKey, now: datetime
) -> None:
    waking = threading.Thread(target=wake_put_off, args=(db, now))
    with db.write() as session:
        put_off(session, batch, now)
        waking.start()
        waking.join(0.3)
        assert waking.is_alive()
    waking.join()
    assert is_due(db, batch, now) == (True, True)
