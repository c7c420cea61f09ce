"""Narrowing a list of accounts down: by model, country, owner, tier and agreement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.report.concerned_machines import known_models


class Agreed(StrEnum):
    """How an account stands with agreements."""

    ANY = ""
    RUNNING = "running"
    ENDED = "ended"
    NEVER = "never"


NOT_SET = "-"
"""Stands for accounts of which no owner, tier or country is on record."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What staff want to see; empty is everything, and `NOT_SET` finds what has none."""

    model: str = ""
    country: str = ""
    owner: str = ""
    tier: str = ""
    agreement: Agreed = Agreed.ANY

    def conditions(self, today: date) -> list[ColumnElement[bool]]:
        """Conditions of a statement over Account."""
        columns = {Account.country: self.country, Account.owner: self.owner, Account.tier: self.tier}
        found = [column == ("" if value == NOT_SET else value) for column, value in columns.items() if value]
        if self.model:
            of_model = exists().where(Unit.account_id == Account.id, Unit.product_id == Product.id)
            # A list of agreements stands on Unit itself, and this asks for any machine of the account.
            found.append(of_model.where(Product.model == self.model).correlate(Account))
        if self.agreement is not Agreed.ANY:
            found += _agreed(self.agreement, today)
        return found


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from."""

    models: Sequence[str]
    countries: Sequence[str]
    owners: Sequence[str]
    tiers: Sequence[str]


def choices(session: Session) -> Choices:
    """The values on record."""
    countries, owners, tiers = (_values(session, column) for column in (Account.country, Account.owner, Account.tier))
    return Choices(known_models(session), countries, owners, tiers)


def _agreed(agreement: Agreed, today: date) -> list[ColumnElement[bool]]:
    on_a_machine = exists().where(Agreement.unit_id == Unit.id, Unit.account_id == Account.id)
    ever = on_a_machine.correlate(Account)
    runs = on_a_machine.where(Agreement.until >= today).correlate(Account)
    if agreement is Agreed.NEVER:
        return [~ever]
    return [runs] if agreement is Agreed.RUNNING else [ever, ~runs]


def _values(session: Session, column: InstrumentedAttribute[str]) -> Sequence[str]:
    """The values of a column but "", from step to step through its index: there are few among many rows."""
    first = select(func.min(column).label("value")).where(column > "")
    steps = first.cte("steps", recursive=True)
    following = select(func.min(column)).where(column > steps.c.value).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.value.is_not(None)))
    return session.scalars(select(steps.c.value).where(steps.c.value.is_not(None))).all()
