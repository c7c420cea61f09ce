"""Changes become rows, in bulk and in the caller's transaction."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.note import Note
from newsletter.account.product import Product
from newsletter.account.serial import split_serial
from newsletter.account.unit import Unit
from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Affiliation, Person
from newsletter.importing.agreements import Agreed, note_agreements
from newsletter.importing.bulk import change_all, insert_all, insert_for_ids
from newsletter.importing.changes import Changes
from newsletter.importing.consenting import Fact, write_consents
from newsletter.importing.plan import Plan, Proof, UnitKey
from newsletter.importing.stored import Stored
from newsletter.importing.wishes import midnight, named_source
from newsletter.post.post import take_back_all


class Writer:
    """Writes one import. `file` is the name it is remembered by."""

    def __init__(self, session: Session, plan: Plan, stored: Stored, *, now: datetime, file: str) -> None:
        self._session = session
        self._plan = plan
        self._stored = stored
        self._now = now
        self._file = file
        self._accounts: dict[str, int] = {number: row.id for number, row in stored.accounts.items()}
        self._units: dict[UnitKey, int] = {key: row.id for key, row in stored.units.items()}
        self._people: dict[str, int] = {key: row.id for key, row in stored.people.items()}

    def write(self, changes: Changes, topic_id: int) -> None:
        """Write everything, what is pointed at before what points to it."""
        self._write_accounts(changes)
        self._write_units(changes)
        self._write_facts_of_units(changes)
        self._write_people(changes)
        self._write_affiliations(changes)
        facts = [self._fact(*new, topic_id) for new in changes.consents.new]
        write_consents(self._session, facts, set(self._stored.states))
        left = [fact["person_id"] for fact in facts if fact["act"] == ConsentAct.WITHDRAWN]
        take_back_all(self._session, left, self._now)
        # Last, because whoever opts out takes people before accounts, too.
        self._weigh(changes)

    def _weigh(self, changes: Changes) -> None:
        """Every machine has a verdict from its first day, and an agreement is evidence."""
        agreed = [self._agreed(key, until) for key, until in changes.agreements.new]
        changed = {
            self._accounts[self._plan.units[key].account] for key in (*changes.units.new, *changes.units.changed)
        }
        note_agreements(self._session, agreed, changed, named_source("", self._file), self._now)

    def _agreed(self, key: UnitKey, until: date) -> Agreed:
        unit, stored = self._plan.units[key], self._stored.units.get(key)
        installed_on = unit.installed_on or (stored.installed_on if stored else None)
        return Agreed(self._accounts[unit.account], self._units[key], until, installed_on)

    def _write_accounts(self, changes: Changes) -> None:
        new = [
            {
                "number": wanted.number,
                "name": wanted.name,
                "country": wanted.country,
                "language": wanted.language,
                "zone": wanted.zone,
                "owner": wanted.owner,
                "tier": wanted.tier,
                "created_at": self._now,
            }
            for wanted in changes.accounts.new
        ]
        inserted = insert_for_ids(self._session, new, Account.id, Account.number)
        self._accounts |= {number: account_id for account_id, (number,) in inserted}
        change_all(self._session, Account, changes.accounts.changed)

    def _write_units(self, changes: Changes) -> None:
        products = {key: row.id for key, row in self._stored.products.items()}
        models = [{"model": model} for model in changes.products.new]
        inserted = insert_for_ids(self._session, models, Product.id, Product.model)
        products |= {model.casefold(): product_id for product_id, (model,) in inserted}
        keys = {product_id: key for key, product_id in products.items()}
        units = [self._new_unit(key, products[key[0]]) for key in changes.units.new]
        inserted = insert_for_ids(self._session, units, Unit.id, Unit.product_id, Unit.serial)
        self._units |= {(keys[product_id], serial): unit_id for unit_id, (product_id, serial) in inserted}
        change_all(self._session, Unit, [self._changed_unit(key) for key in changes.units.changed])

    def _write_facts_of_units(self, changes: Changes) -> None:
        source = named_source("", self._file)
        agreements = [
            {"unit_id": self._units[key], "until": until, "source": source, "recorded_at": self._now}
            for key, until in changes.agreements.new
        ]
        insert_all(self._session, Agreement, agreements)
        notes = [
            {
                "account_id": self._accounts[number],
                "unit_id": self._units[key] if key else None,
                "text": text,
                "author": source,
                "noted_at": self._now,
            }
            for number, key, text in changes.notes.new
        ]
        insert_all(self._session, Note, notes)

    def _new_unit(self, key: UnitKey, product_id: int) -> dict[str, Any]:
        wanted = self._plan.units[key]
        prefix, number = split_serial(wanted.serial)
        return {
            "account_id": self._accounts[wanted.account],
            "product_id": product_id,
            "serial": wanted.serial,
            "serial_prefix": prefix,
            "serial_number": number,
            "installed_on": wanted.installed_on,
            "firmware": wanted.firmware,
            "created_at": self._now,
        }

    def _changed_unit(self, key: UnitKey) -> dict[str, Any]:
        wanted, row = self._plan.units[key], self._stored.units[key]
        return {
            "id": row.id,
            "account_id": self._accounts[wanted.account],
            "installed_on": wanted.installed_on or row.installed_on,
            "firmware": wanted.firmware or row.firmware,
        }

    def _write_people(self, changes: Changes) -> None:
        new = [
            {
                "address": wanted.address,
                "address_key": wanted.key,
                "salutation": wanted.salutation,
                "first_name": wanted.first_name,
                "last_name": wanted.last_name,
                "language": wanted.language,
                "zone": wanted.zone,
                "phone": wanted.phone,
                "created_at": self._now,
            }
            for wanted in changes.people.new
        ]
        inserted = insert_for_ids(self._session, new, Person.id, Person.address_key)
        self._people |= {key: person_id for person_id, (key,) in inserted}
        change_all(self._session, Person, changes.people.changed)

    def _write_affiliations(self, changes: Changes) -> None:
        insert_all(self._session, Affiliation, [self._affiliation(*new) for new in changes.affiliations.new])
        change_all(self._session, Affiliation, [self._affiliation(*new) for new in changes.affiliations.changed])

    def _affiliation(self, key: str, number: str, role: str) -> dict[str, Any]:
        return {"person_id": self._people[key], "account_id": self._accounts[number], "role": role}

    def _fact(self, key: str, act: ConsentAct, proof: Proof, topic_id: int) -> Fact:
        return {
            "person_id": self._people[key],
            "topic_id": topic_id,
            "act": act,
            "happened_at": midnight(proof),
            "recorded_at": self._now,
            "source": named_source(proof.source, self._file),
            "delivery_id": None,
        }
