"""The difference between what a file asks for and what the database holds."""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Generic, TypeVar

from newsletter.audience.consent import ConsentAct
from newsletter.importing.plan import Plan, Proof, UnitKey, WantedAccount, WantedPerson
from newsletter.importing.stored import Stored
from newsletter.importing.wishes import new_facts

_OF_ACCOUNT = ("name", "country", "language", "zone", "owner", "tier")
_OF_PERSON = ("salutation", "first_name", "last_name", "language", "zone", "phone")

New = TypeVar("New")
Changed = TypeVar("Changed")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of one kind an import creates, changes, and finds as they should be."""

    created: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Difference(Generic[New, Changed]):
    """Of one kind: how many the file asks for, and which of them are new or to be changed."""

    asked: int
    new: list[New]
    changed: list[Changed] = field(default_factory=list)

    @property
    def tally(self) -> Tally:
        """The three numbers for a report."""
        return Tally(len(self.new), len(self.changed), self.asked - len(self.new) - len(self.changed))


Values = dict[str, Any]  # a row's id and its new values
Stands = tuple[str, str, str]  # a person's key, an account's number, the role there


@dataclass(frozen=True, slots=True)
class Changes:
    """All there is to write, by the keys of the file, because new rows have no id yet."""

    accounts: Difference[WantedAccount, Values]
    products: Difference[str, Values]
    units: Difference[UnitKey, UnitKey]
    agreements: Difference[tuple[UnitKey, date], Values]
    people: Difference[WantedPerson, Values]
    affiliations: Difference[Stands, Stands]
    consents: Difference[tuple[str, ConsentAct, Proof], Values]
    notes: Difference[tuple[str, UnitKey | None, str], Values]

    def tallies(self) -> dict[str, Tally]:
        """The numbers for each kind."""
        return {kind.name: getattr(self, kind.name).tally for kind in fields(self)}


def find_changes(plan: Plan, stored: Stored) -> Changes:
    """Compare. A value in the file replaces another, a blank replaces nothing, nothing is ever deleted."""
    return Changes(
        accounts=_accounts(plan, stored),
        products=_products(plan, stored),
        units=_units(plan, stored),
        agreements=_agreements(plan, stored),
        people=_people(plan, stored),
        affiliations=_affiliations(plan, stored),
        consents=_consents(plan, stored),
        notes=_notes(plan, stored),
    )


def _accounts(plan: Plan, stored: Stored) -> Difference[WantedAccount, Values]:
    new = [wanted for number, wanted in plan.accounts.items() if number not in stored.accounts]
    known = ((stored.accounts[number], plan.accounts[number]) for number in plan.accounts if number in stored.accounts)
    changed = [values for row, wanted in known if (values := _new_values(row, wanted, _OF_ACCOUNT))]
    return Difference(len(plan.accounts), new, changed)


def _products(plan: Plan, stored: Stored) -> Difference[str, Values]:
    models: dict[str, str] = {}
    for (key, _), unit in plan.units.items():
        models.setdefault(key, unit.model)
    return Difference(len(models), [model for key, model in models.items() if key not in stored.products])


def _units(plan: Plan, stored: Stored) -> Difference[UnitKey, UnitKey]:
    new = [key for key in plan.units if key not in stored.units]
    changed = [key for key in plan.units if key in stored.units and _unit_differs(key, plan, stored)]
    return Difference(len(plan.units), new, changed)


def _unit_differs(key: UnitKey, plan: Plan, stored: Stored) -> bool:
    wanted, row = plan.units[key], stored.units[key]
    account = stored.accounts.get(wanted.account)
    moved = account is None or account.id != row.account_id
    return moved or wanted.installed_on not in (None, row.installed_on) or wanted.firmware not in ("", row.firmware)


def _agreements(plan: Plan, stored: Stored) -> Difference[tuple[UnitKey, date], Values]:
    def is_new(key: UnitKey, until: date) -> bool:
        unit = stored.units.get(key)
        return unit is None or (unit.id, until) not in stored.agreements

    return Difference(len(plan.agreements), [(key, until) for key, until in plan.agreements if is_new(key, until)])


def _people(plan: Plan, stored: Stored) -> Difference[WantedPerson, Values]:
    new = [wanted for key, wanted in plan.people.items() if key not in stored.people]
    known = ((stored.people[key], plan.people[key]) for key in plan.people if key in stored.people)
    changed = [values for row, wanted in known if (values := _new_values(row, wanted, _OF_PERSON))]
    return Difference(len(plan.people), new, changed)


def _new_values(row: Any, wanted: WantedAccount | WantedPerson, names: tuple[str, ...]) -> Values | None:  # noqa: ANN401 - rows have no type of their own
    values = {name: getattr(wanted, name) or getattr(row, name) for name in names}
    return {"id": row.id} | values if any(values[name] != getattr(row, name) for name in names) else None


def _affiliations(plan: Plan, stored: Stored) -> Difference[Stands, Stands]:
    new: list[Stands] = []
    changed: list[Stands] = []
    for (key, number), role in plan.affiliations.items():
        person, account = stored.people.get(key), stored.accounts.get(number)
        known = stored.affiliations.get((person.id, account.id)) if person and account else None
        if known is None:
            new.append((key, number, role))
        elif role and role != known:
            changed.append((key, number, role))
    return Difference(len(plan.affiliations), new, changed)


def _consents(plan: Plan, stored: Stored) -> Difference[tuple[str, ConsentAct, Proof], Values]:
    new = [(key, act, proof) for key, said in plan.said.items() for act, proof in new_facts(said, stored.standing(key))]
    return Difference(sum(len(said.no or said.yes) for said in plan.said.values()), new)


def _notes(plan: Plan, stored: Stored) -> Difference[tuple[str, UnitKey | None, str], Values]:
    def is_new(number: str, key: UnitKey | None, text: str) -> bool:
        account, unit = stored.accounts.get(number), stored.units.get(key) if key else None
        if account is None or (key and unit is None):
            return True
        return (account.id, unit.id if unit else None, text) not in stored.notes

    return Difference(len(plan.notes), [note for note in plan.notes if is_new(*note)])
