"""The people of many copies at once, with their machines: a fixed number of queries however many there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.bulletin.values import Machine, Reader


def readers(session: Session, units_of: Mapping[int, Sequence[int]]) -> dict[int, Reader]:
    """Readers by person id. `units_of` gives for each person the ids of the machines that copy speaks of."""
    people = session.scalars(select(Person).where(Person.id.in_(units_of))).all()
    machines = _machines(session, {unit for units in units_of.values() for unit in units})
    theirs = {person.id: [machines[unit] for unit in units_of[person.id] if unit in machines] for person in people}
    accounts = _accounts(session, [person_id for person_id, named in theirs.items() if not named])
    return {person.id: _reader(person, theirs[person.id], accounts[person.id]) for person in people}


def _reader(person: Person, machines: list[Machine], accounts: list[tuple[str, str]]) -> Reader:
    machines = sorted(machines, key=lambda machine: (machine.account_number, machine.model, machine.serial))
    owners = dict.fromkeys((machine.account_number, machine.account_name) for machine in machines)
    return Reader(
        address=person.address,
        first_name=person.first_name,
        last_name=person.last_name,
        language=person.language,
        machines=tuple(machines),
        accounts=tuple(owners) or tuple(accounts),
    )


def _machines(session: Session, unit_ids: set[int]) -> dict[int, Machine]:
    rows = session.execute(
        select(Unit.id, Product.model, Unit.serial, Account.number, Account.name)
        .select_from(Unit)
        .join(Product)
        .join(Account)
        .where(Unit.id.in_(unit_ids))
    )
    return {row.id: Machine(*row) for row in rows}


def _accounts(session: Session, person_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    if person_ids:
        rows = session.execute(
            select(Affiliation.person_id, Account.number, Account.name)
            .join(Account)
            .where(Affiliation.person_id.in_(person_ids))
            .order_by(Account.number)
        )
        for person_id, number, name in rows:
            found[person_id].append((number, name))
    return found
