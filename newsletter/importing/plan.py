"""What a whole file asks for, each thing once, whatever the order and number of its rows."""

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import TypeVar

from newsletter.importing.complaint import Complaint

UnitKey = tuple[str, str]  # model without case, serial


@dataclass(frozen=True, slots=True)
class WantedAccount:
    """An account by number. `line` is where the file first names it."""

    number: str
    name: str
    country: str
    language: str
    zone: str
    owner: str
    tier: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class WantedUnit:
    """A unit by model and serial, and the number of the account where it stands."""

    account: str
    model: str
    serial: str
    installed_on: date | None
    firmware: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class WantedPerson:
    """A person by the key of the address."""

    key: str
    address: str
    salutation: str
    first_name: str
    last_name: str
    language: str
    zone: str
    phone: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """One "yes" or "no": the day and the source as the row gives them."""

    day: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a person's rows say about the newsletter: each proof with the line that gives it first."""

    yes: dict[Proof, int] = field(default_factory=dict)
    no: dict[Proof, int] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """Everything one file asks for. Grows with what the file names, not with how often it names it."""

    data_rows: int = 0
    blank_rows: int = 0
    rows_with_unusable_address: int = 0
    accounts: dict[str, WantedAccount] = field(default_factory=dict)
    units: dict[UnitKey, WantedUnit] = field(default_factory=dict)
    agreements: dict[tuple[UnitKey, date], None] = field(default_factory=dict)
    people: dict[str, WantedPerson] = field(default_factory=dict)
    affiliations: dict[tuple[str, str], str] = field(default_factory=dict)  # (person's key, account) -> role
    said: dict[str, Said] = field(default_factory=dict)
    notes: dict[tuple[str, UnitKey | None, str], None] = field(default_factory=dict)  # (account, unit, text)
    complaints: list[Complaint] = field(default_factory=list)

    @property
    def people_at_more_than_one_account(self) -> int:
        """How many people stand at two accounts or more."""
        return sum(accounts > 1 for accounts in Counter(key for key, _ in self.affiliations).values())

    @property
    def people_who_said_no(self) -> int:
        """How many people have at least one "no"."""
        return sum(bool(said.no) for said in self.said.values())

    @property
    def units_under_agreement(self) -> int:
        """How many units have an agreement, run out or not."""
        return len({unit for unit, _ in self.agreements})


T = TypeVar("T", WantedAccount, WantedUnit, WantedPerson)


def filled(first: T, later: T) -> T:
    """The first row's values, and the later row's where the first has none."""
    if first == later:
        return first
    gaps = {gap.name: getattr(later, gap.name) for gap in fields(first) if getattr(first, gap.name) in ("", None)}
    return replace(first, **gaps) if gaps else first
