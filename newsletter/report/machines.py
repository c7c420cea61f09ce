"""The machines of an account, each with its verdict, its agreement and its last sign of life."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.report.agreements import Term, last_end
from newsletter.report.evidence import Card, Names, Testimony
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import STAFF
from newsletter.signal.rules import State, Weighed


@dataclass(frozen=True, slots=True)
class Unjudged:
    """One unit as its row tells it."""

    id: int
    serial: str
    model: str
    installed_on: date | None
    firmware: str


@dataclass(frozen=True, slots=True)
class Machine:
    """One unit with its verdict.

    `firmware` is empty, `age` in whole years is None where unknown. `agreement_until` is the end of the longest
    contract, past or to come. `ask_again` is when the verdict will have faded, None where it does not. `overruled` is
    what a colleague knows better, while it stands.
    """

    id: int
    serial: str
    model: str
    installed_on: date | None
    firmware: str
    age: int | None
    agreement_until: date | None
    agreement_runs: bool
    verdict: Card
    last_sign: Testimony | None
    ask_again: datetime | None
    overruled: Testimony | None


def units_of(session: Session, account_id: int) -> Sequence[Unjudged]:
    """The units at an account, by model and serial."""
    query = select(Unit.id, Unit.serial, Product.model, Unit.installed_on, Unit.firmware)
    query = query.join(Product, Product.id == Unit.product_id).where(Unit.account_id == account_id)
    return [Unjudged(*row) for row in session.execute(query.order_by(Product.model, Unit.serial))]


def machines(
    units: Sequence[Unjudged],
    weighed: Mapping[int, Weighed],
    standing: Sequence[Evidence],
    names: Names,
    terms: Sequence[Term],
    asking: Mapping[int, datetime | None],
    today: date,
) -> tuple[Machine, ...]:
    """The units with what is known of each. `standing` is what was not taken back, oldest first."""
    spoken_of = defaultdict[int | None, list[Evidence]](list)
    for row in standing:
        spoken_of[row.unit_id].append(row)
    return tuple(
        Machine(
            id=unit.id,
            serial=unit.serial,
            model=unit.model,
            installed_on=unit.installed_on,
            firmware=unit.firmware,
            age=age(unit.installed_on, today),
            agreement_until=(until := last_end(terms, unit.id)),
            agreement_runs=until is not None and until >= today,
            verdict=names.card(weighed[unit.id], _in_order(spoken_of[unit.id], spoken_of[None])),
            last_sign=names.last_sign(spoken_of[unit.id]),
            ask_again=asking[unit.id],
            overruled=overruled(spoken_of[unit.id], names),
        )
        for unit in units
    )


def overruled(rows: Sequence[Evidence], names: Names) -> Testimony | None:
    """What a colleague knows better, of rows that stand, oldest first."""
    said = [row for row in rows if row.kind == Kind.STAFF_NOTE and row.source == STAFF]
    return names.testimony(said[-1]) if said and said[-1].says not in (None, State.UNKNOWN) else None


def age(installed_on: date | None, today: date) -> int | None:
    """Whole years since a machine was put up; None where that is not known or still to come."""
    if installed_on is None or installed_on > today:
        return None
    return today.year - installed_on.year - ((today.month, today.day) < (installed_on.month, installed_on.day))


def _in_order(of_it: Sequence[Evidence], of_none: Sequence[Evidence]) -> list[Evidence]:
    return sorted([*of_it, *of_none], key=lambda row: (row.observed_at, row.id))
