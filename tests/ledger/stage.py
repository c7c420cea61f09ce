"""A bulletin for the cast, ordered and started, so that a test of the ledger begins where its story begins."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from newsletter.bulletin.compose import Sender
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.ledger.claim import Claimed, claim, lease_batch
from newsletter.ledger.delivery import Delivery, DeliveryEvent
from newsletter.ledger.order import Desk
from newsletter.ledger.record import Result, record
from newsletter.ledger.run import Batch, Run
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event, State
from newsletter.links import Links

SENDER = Sender("Vendor", "news@vendor.example", "service@vendor.example", "1 Mill Lane", "vendor.example")
TEXT = """\
---
number: TB-1
title: Lubrication
class: technical
models: VX-500, VX-500i
serials: A100000-A104000
language: en
---
Hello {{ name }}, your {{ serial }}.
"""  # for Nora, Una, Pia and Ines, not for Omar
EVERYBODY = ("nora", "una", "pia", "ines")


def desk(db: Database, links: Links) -> Desk:
    return Desk(db, SENDER, links)


def ordered(db: Database, links: Links, now: datetime, text: str = TEXT) -> int:
    """The id of a run that is due."""
    run = desk(db, links).order(text, topic="", when=When(now), author="mara", now=now).run
    assert run is not None
    return run


def started(db: Database, links: Links, now: datetime, text: str = TEXT) -> int:
    """The id of a run whose copies wait."""
    run = ordered(db, links, now, text)
    assert run in start_due(db, "starter", now)
    return run


def apart(db: Database, run_id: int) -> None:
    """Lay each copy of a run into a batch of its own."""
    with db.write() as session:
        first = session.get_one(Batch, (run_id, 0))
        for number, copy in enumerate(session.scalars(select(Delivery).where(Delivery.run_id == run_id))):
            copy.batch = number
            session.merge(Batch(run_id=run_id, number=number, due_at=first.due_at))


def claimed(db: Database, run_id: int, now: datetime, engine: str = "engine", limit: int = 50) -> list[Claimed]:
    with db.write() as session:
        batch = lease_batch(session, engine, now)
    assert batch == (run_id, 0)
    with db.write() as session:
        return claim(session, batch, engine, limit, now)


def told(db: Database, results: Sequence[Result], now: datetime, engine: str = "engine") -> None:
    with db.write() as session:
        copy = session.get_one(Delivery, results[0].delivery_id)
        record(session, (copy.run_id, copy.batch), results, engine, now)


def put(db: Database, delivery_id: int, state: State) -> None:
    """Put a copy into a state, as if its story had led there."""
    with db.write() as session:
        session.get_one(Delivery, delivery_id).state = state
        session.execute(update(Batch).values(tally=None))


def copies(db: Database, run_id: int) -> list[Delivery]:
    with db.read() as session:
        return list(session.scalars(select(Delivery).where(Delivery.run_id == run_id).order_by(Delivery.id)))


def states(db: Database, run_id: int) -> Counter[str]:
    return Counter(copy.state for copy in copies(db, run_id))


def state_of(db: Database, delivery_id: int) -> str:
    with db.read() as session:
        return session.get_one(Delivery, delivery_id).state


def run_state(db: Database, run_id: int) -> str:
    with db.read() as session:
        return session.get_one(Run, run_id).state


def events(db: Database, delivery_id: int) -> list[Event]:
    with db.read() as session:
        rows = select(DeliveryEvent.event).where(DeliveryEvent.delivery_id == delivery_id).order_by(DeliveryEvent.id)
        return [Event(event) for event in session.scalars(rows)]
