"""Copies of one bulletin, for those who leave by one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.audience.person import Person
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.links import OptOutLink
from tests.cast import Cast

NUMBER = "TB-2026-014"
SOURCE = """---
number: TB-2026-014
title: Check the spindle
class: technical
language: en
---
Hello
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The cast and the opt-out links in their copies."""

    cast: Cast
    nora: OptOutLink  # speaks of A100231 and A103000 at K1
    una: OptOutLink  # of A100231 at K1
    pia: OptOutLink  # of A100500 at K2 and A100900 at K3
    ines: OptOutLink  # of no machine; she stands at K2 alone


def set_stage(session: Session, cast: Cast, now: datetime) -> Stage:
    """Send one bulletin to four of the cast."""
    run = _run(session, cast, now)
    return Stage(
        cast=cast,
        nora=_copy(session, run, cast.nora, (cast.a100231, cast.a103000), now),
        una=_copy(session, run, cast.una, (cast.a100231,), now),
        pia=_copy(session, run, cast.pia, (cast.a100500, cast.a100900), now),
        ines=_copy(session, run, cast.ines, (), now),
    )


def _run(session: Session, cast: Cast, now: datetime) -> Run:
    bulletin = Bulletin(number=NUMBER, created_at=now)
    session.add(bulletin)
    session.flush()
    version = Version(
        bulletin_id=bulletin.id, revision=1, title="Spindle", source=SOURCE, author="m", written_at=now, frozen_at=now
    )
    session.add(version)
    session.flush()
    run = Run(
        version_id=version.id,
        topic_id=cast.bulletins.id,
        state=RunState.FINISHED,
        due_at=now,
        seed="seed",
        author="m",
        created_at=now,
        first_copy_id=1,
        last_copy_id=1_000_000,
    )
    session.add(run)
    session.flush()
    session.add(Batch(run_id=run.id, number=1))
    return run


def _copy(session: Session, run: Run, person: Person, units: tuple[Unit, ...], now: datetime) -> OptOutLink:
    delivery = Delivery(
        run_id=run.id,
        batch=1,
        person_id=person.id,
        address=person.address,
        units=",".join(str(unit.id) for unit in units),
        state="accepted",
        due_at=now,
    )
    session.add(delivery)
    session.flush()
    return OptOutLink(person.id, run.topic_id, delivery.id)
