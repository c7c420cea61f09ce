"""What the database already holds of the things a plan names."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.note import Note
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.consent import Consent, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.suppression import Suppression
from newsletter.importing.plan import Plan, UnitKey
from newsletter.importing.wishes import Fact, Standing, origin

AnyRow = Row[*tuple[Any, ...]]

_CHUNK = 500


@dataclass(slots=True)
class Stored:
    """Rows by the keys a file knows them by; consents only of the one topic."""

    accounts: dict[str, AnyRow] = field(default_factory=dict)
    products: dict[str, AnyRow] = field(default_factory=dict)  # by model without case
    units: dict[UnitKey, AnyRow] = field(default_factory=dict)
    agreements: set[tuple[int, date]] = field(default_factory=set)
    people: dict[str, AnyRow] = field(default_factory=dict)
    affiliations: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: set[tuple[int, int | None, str]] = field(default_factory=set)
    states: dict[int, str] = field(default_factory=dict)
    facts: dict[int, set[Fact]] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)

    def standing(self, address_key: str) -> Standing:
        """Where somebody stands, known to us or not."""
        person = self.people.get(address_key)
        is_suppressed = address_key in self.suppressed
        if person is None:
            return Standing(is_suppressed=is_suppressed)
        return Standing(self.states.get(person.id), frozenset(self.facts.get(person.id, ())), is_suppressed)


def look_up(session: Session, plan: Plan, topic_id: int | None) -> Stored:
    """Everything the plan must be compared with. Memory grows with the plan, not with the database."""
    stored = Stored()
    _look_up_accounts(session, plan, stored)
    _look_up_people(session, plan, stored, topic_id)
    return stored


def _look_up_accounts(session: Session, plan: Plan, stored: Stored) -> None:
    accounts = select(
        Account.id,
        Account.number,
        Account.name,
        Account.country,
        Account.language,
        Account.zone,
        Account.owner,
        Account.tier,
    )
    stored.accounts = {row.number: row for row in _where_in(session, accounts, Account.number, plan.accounts)}
    stored.products = {row.model.casefold(): row for row in session.execute(select(Product.id, Product.model))}
    models = {row.id: key for key, row in stored.products.items()}
    units = select(Unit.id, Unit.account_id, Unit.product_id, Unit.serial, Unit.installed_on, Unit.firmware)
    for row in _where_in(session, units, Unit.serial, {serial for _, serial in plan.units}):
        stored.units[models[row.product_id], row.serial] = row
    unit_ids = [row.id for key, row in stored.units.items() if key in plan.units]
    agreements = select(Agreement.unit_id, Agreement.until)
    stored.agreements = {
        (row.unit_id, row.until) for row in _where_in(session, agreements, Agreement.unit_id, unit_ids)
    }
    account_ids = [row.id for row in stored.accounts.values()]
    notes = select(Note.account_id, Note.unit_id, Note.text)
    stored.notes = {
        (row.account_id, row.unit_id, row.text) for row in _where_in(session, notes, Note.account_id, account_ids)
    }


def _look_up_people(session: Session, plan: Plan, stored: Stored, topic_id: int | None) -> None:
    people = select(
        Person.id,
        Person.address_key,
        Person.salutation,
        Person.first_name,
        Person.last_name,
        Person.language,
        Person.zone,
        Person.phone,
    )
    stored.people = {row.address_key: row for row in _where_in(session, people, Person.address_key, plan.people)}
    ids = [row.id for row in stored.people.values()]
    roles = select(Affiliation.person_id, Affiliation.account_id, Affiliation.role)
    stored.affiliations = {
        (row.person_id, row.account_id): row.role for row in _where_in(session, roles, Affiliation.person_id, ids)
    }
    states = select(Subscription.person_id, Subscription.state).where(Subscription.topic_id == topic_id)
    stored.states = {row.person_id: row.state for row in _where_in(session, states, Subscription.person_id, ids)}
    facts = select(Consent.person_id, Consent.act, Consent.happened_at, Consent.source).where(
        Consent.topic_id == topic_id
    )
    for row in _where_in(session, facts, Consent.person_id, ids):
        stored.facts.setdefault(row.person_id, set()).add((row.act, row.happened_at, origin(row.source)))
    suppressed = select(Suppression.address_key).where(Suppression.lifted_at.is_(None))
    stored.suppressed = {
        row.address_key for row in _where_in(session, suppressed, Suppression.address_key, plan.people)
    }


def _where_in(
    session: Session, query: Select[*tuple[Any, ...]], column: InstrumentedAttribute[Any], keys: Collection[object]
) -> Iterator[AnyRow]:
    remaining = iter(keys)
    while chunk := list(islice(remaining, _CHUNK)):
        yield from session.execute(query.where(column.in_(chunk)))
