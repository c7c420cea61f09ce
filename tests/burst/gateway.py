"""A firm of eight behind one mail gateway, which presses buttons."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Affiliation, Person
from newsletter.ledger.delivery import Delivery
from newsletter.links import OptOutLink
from tests import cast
from tests.cast import Cast
from tests.optout.copies import Stage, set_stage

PEOPLE = 8


@dataclass(frozen=True, slots=True)
class Firm:
    """The cast, and the opt-out links of eight people at Acme, each in a copy that speaks of one machine."""

    cast: Cast
    stage: Stage
    acme: Account
    unit_id: int
    links: tuple[OptOutLink, ...]


def set_firm(session: Session, now: datetime) -> Firm:
    """Everybody got one bulletin two seconds ago."""
    on_stage = cast.play(session, now)
    stage = set_stage(session, on_stage, now)
    acme = Account(number="K9", name="Acme Works", created_at=now)
    session.add(acme)
    session.flush()
    run_id = session.get_one(Delivery, stage.nora.delivery_id).run_id
    unit = on_stage.c90
    unit.account_id = acme.id
    links = tuple(_reader(session, on_stage, acme, run_id, unit.id, number, now) for number in range(PEOPLE))
    return Firm(on_stage, stage, acme, unit.id, links)


def _reader(
    session: Session, on_stage: Cast, acme: Account, run_id: int, unit_id: int, number: int, now: datetime
) -> OptOutLink:
    address = f"p{number}@acme.example"
    person = Person(address=address, address_key=address, first_name=f"P{number}", last_name="Acme", created_at=now)
    session.add(person)
    session.flush()
    session.add(Affiliation(person_id=person.id, account_id=acme.id))
    cast.consent(session, person, on_stage.bulletins, ConsentAct.CONFIRMED, now - timedelta(days=90))
    copy = Delivery(
        run_id=run_id,
        batch=1,
        person_id=person.id,
        address=address,
        units=str(unit_id),
        state="accepted",
        due_at=now,
        settled_at=now - timedelta(seconds=2),
    )
    session.add(copy)
    session.flush()
    return OptOutLink(person.id, on_stage.bulletins.id, copy.id)
