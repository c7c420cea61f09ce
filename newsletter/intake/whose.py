"""Which account and machine a fact names, looked up for many facts at once."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.errors import NotFound, Refused
from newsletter.intake.fact import Fact

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """A machine, and the account it stands at."""

    unit_id: int
    account_id: int
    model: str


@dataclass(frozen=True, slots=True)
class Register:
    """The accounts by number and the machines by serial number that some facts name."""

    accounts: Mapping[str, int]
    machines: Mapping[str, Sequence[Standing]]

    def find(self, fact: Fact) -> tuple[int, int | None]:
        """The account, and the machine where one is named. Raises NotFound, and Refused where it could be several."""
        account_id = self._account(fact)
        if fact.serial is None:
            if account_id is None:
                raise Refused("It names neither an account nor a serial number.")
            return account_id, None
        machine = self._machine(fact, fact.serial, account_id)
        return machine.account_id, machine.unit_id

    def _account(self, fact: Fact) -> int | None:
        if fact.account is None:
            return None
        if fact.account not in self.accounts:
            raise NotFound(f"There is no account {fact.account[:60]!r}.")
        return self.accounts[fact.account]

    def _machine(self, fact: Fact, serial: str, account_id: int | None) -> Standing:
        same = [m for m in self.machines.get(serial, ()) if fact.model in (None, m.model)]
        if not same:
            raise NotFound(f"There is no machine {serial[:60]!r}.")
        here = [machine for machine in same if account_id in (None, machine.account_id)]
        if not here:
            raise NotFound(f"The machine {serial[:60]!r} does not stand at the account {fact.account!r}.")
        if len(here) > 1:
            raise Refused(f"There are several machines {serial[:60]!r}.", hint="Name the model or the account.")
        return here[0]


def look_up(session: Session, facts: Collection[Fact]) -> Register:
    """The accounts and machines that these facts name."""
    numbers = {fact.account for fact in facts if fact.account is not None}
    accounts: dict[str, int] = {}
    for some in chunks(numbers):
        found = session.execute(select(Account.number, Account.id).where(Account.number.in_(some)))
        accounts |= {number: account_id for number, account_id in found}  # noqa: C416 - dict() cannot tell a row from a pair
    machines = defaultdict[str, list[Standing]](list)
    units = select(Unit.serial, Unit.id, Unit.account_id, Product.model).join(Product, Product.id == Unit.product_id)
    for some in chunks({fact.serial for fact in facts if fact.serial is not None}):
        for serial, unit_id, account_id, model in session.execute(units.where(Unit.serial.in_(some)).order_by(Unit.id)):
            machines[serial].append(Standing(unit_id, account_id, model))
    return Register(accounts, machines)


def chunks(names: Collection[str]) -> Iterator[list[str]]:
    """A database takes only so many names in one query."""
    rest = iter(names)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
