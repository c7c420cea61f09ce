"""Runs that try two variants, and what comes back, for the tests of trials."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.bulletin.trial import Measure, Trial
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.ledger.claim import claim, lease_batch, release_batch
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import Result, record
from newsletter.ledger.run import Batch
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event
from newsletter.ledger.trial import RunTrial, variant_of
from newsletter.ledger.trial_rule import Halves
from newsletter.ledger.wave_rule import CameBack
from newsletter.links import Links
from newsletter.question.rates import Tally
from tests.ledger import stage
from tests.ledger.crowd import crowd

HOUR = timedelta(hours=1)
FIFTH = Trial(2_000, 4 * HOUR)
TEXT = """---
number: {number}
title: Grease
b.title: Half the grease
class: technical
topic: crowd
language: en
---
Grease it.
"""


def b_wins(_session: Session, _run_id: int, _measure: Measure, _until: datetime) -> Halves:
    return Halves(Tally(1_000, 100), Tally(1_000, 160))


def by_chance(_session: Session, _run_id: int, _measure: Measure, _until: datetime) -> Halves:
    return Halves(Tally(1_000, 100), Tally(1_000, 104))


def never(_session: Session, _run_id: int, _measure: Measure, _until: datetime) -> Halves:
    raise AssertionError("Nobody may look before the end.")


def good(_session: Session, _run_id: int, _wave: int) -> CameBack:
    return CameBack(100, 0, 0)


def ordered(db: Database, links: Links, now: datetime, trial: Trial | None = FIFTH, number: str = "TB-1") -> int:
    text = TEXT.format(number=number)
    run = stage.desk(db, links).order(text, topic="", when=When(now, trial=trial), author="mara", now=now).run
    assert run is not None
    assert start_due(db, "starter", now) == [run]
    return run


def started(db: Database, links: Links, now: datetime, people: int = 50, trial: Trial = FIFTH) -> int:
    with db.write() as session:
        crowd(session, people, now)
    return ordered(db, links, now, trial)


def variants(db: Database, run: int) -> Counter[str]:
    with db.read() as session:
        copies = session.scalars(select(Delivery).where(Delivery.run_id == run)).all()
        return Counter(variant_of(session, copy) for copy in copies)


def send_all(db: Database, now: datetime) -> Counter[str]:
    """What one engine would do: lease and send whatever may go; how many copies of each variant that were."""
    sent = Counter[str]()
    while True:
        with db.write() as session:
            batch = lease_batch(session, "engine", now)
        if batch is None:
            return sent
        with db.write() as session:
            copies = claim(session, batch, "engine", 5000, now)
            record(session, batch, [Result(copy.id, Event.ACCEPT, "said") for copy in copies], "engine", now)
            release_batch(session, batch, "engine", now)
            sent[session.get_one(Batch, batch).variant] += len(copies)


def trial_of(db: Database, run: int) -> RunTrial:
    with db.read() as session:
        return session.get_one(RunTrial, run)
