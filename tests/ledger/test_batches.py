from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Affiliation, Person
from newsletter.db import Database
from newsletter.ledger.claim import lease_beside
from newsletter.ledger.layout import AT_ONCE
from newsletter.ledger.run import Batch
from newsletter.links import Links
from tests import cast
from tests.ledger import stage


@pytest.mark.parametrize(("people", "size"), [(204, 50), (1238, 77)])
def test_batches_are_full_but_for_the_last(db: Database, links: Links, now: datetime, people: int, size: int) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        crowd(session, house, people - 4, now)
    run = stage.started(db, links, now)
    sizes = Counter(copy.batch for copy in stage.copies(db, run))
    count, rest = divmod(people, size)
    assert sizes == dict.fromkeys(range(count), size) | {count: rest}
    with db.read() as session:
        batches = session.scalars(select(Batch).where(Batch.run_id == run).order_by(Batch.number)).all()
    assert [(batch.number, batch.due_at, batch.engine) for batch in batches] == [
        (n, AT_ONCE, "") for n in range(count + 1)
    ]


def test_a_run_to_few_of_those_who_agreed_has_work_for_many_connections(
    db: Database, links: Links, now: datetime
) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        crowd(session, house, 196, now)
        crowd(session, house, 1600, now, has_machines=False)
    run = stage.started(db, links, now)
    assert Counter(copy.batch for copy in stage.copies(db, run)) == {0: 50, 1: 50, 2: 50, 3: 50}


def test_whoever_takes_a_batch_beside_others_takes_one_of_the_run_with_the_fewest_leases(
    db: Database, links: Links, now: datetime
) -> None:
    with db.write() as session:
        crowd(session, cast.play(session, now), 196, now)
    texts = [stage.TEXT.replace("TB-1", f"TB-{number}") for number in (1, 2, 3)]
    first, second, third = (stage.started(db, links, now, text) for text in texts)
    taken = []
    for engine, others in (("a", []), ("b", []), ("c", []), ("d", []), ("e", [first]), ("f", [first, second, third])):
        with db.write() as session:
            taken.append(lease_beside(session, engine, now, others))
    assert taken == [(first, 0), (second, 0), (third, 0), (first, 1), (second, 1), None]


def crowd(session: Session, house: cast.Cast, size: int, now: datetime, *, has_machines: bool = True) -> None:
    people = [
        Person(address=address, address_key=address, first_name=f"P{n}", created_at=now)
        for n in range(size)
        for address in [f"p{n}@{'x' if has_machines else 'y'}.example"]
    ]
    session.add_all(people)
    session.flush()
    for person in people:
        if has_machines:
            session.add(Affiliation(person_id=person.id, account_id=house.gears.id))
        cast.consent(session, person, house.bulletins, ConsentAct.GRANTED, now)
