"""The machines a bulletin names, and whether anybody hears of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation
from newsletter.audience.segment import Audience, Rule, candidates, matching_units


@dataclass(frozen=True, slots=True)
class ConcernedMachine:
    """One machine; `readers` is how many people get the bulletin because of it, or have it already."""

    model: str
    serial: str
    account_number: str
    account_name: str
    readers: int


@dataclass(frozen=True, slots=True)
class ConcernedMachines:
    """How many there are, of how many nobody hears, and the first of them: those nobody hears of come first."""

    total: int
    unheard: int
    listed: tuple[ConcernedMachine, ...]


def concerned_machines(session: Session, audience: Audience, limit: int = 200) -> ConcernedMachines:
    """The machines an audience names; none where it names none."""
    if not audience.models:
        return ConcernedMachines(0, 0, ())
    found = candidates(audience).subquery("found")
    heard = (
        select(Affiliation.account_id, func.count().label("readers"))
        .join(found, found.c.person_id == Affiliation.person_id)
        .where(or_(found.c.rule.is_(None), found.c.rule == Rule.ALREADY_SENT))
        .group_by(Affiliation.account_id)
        .subquery("heard")
    )
    matching = matching_units(audience).subquery("matching")
    readers = func.coalesce(heard.c.readers, 0)
    unheard = func.count().filter(heard.c.readers.is_(None)).over()
    rows = session.execute(
        select(Product.model, Unit.serial, Account.number, Account.name, readers, func.count().over(), unheard)
        .select_from(matching)
        .join(Unit, Unit.id == matching.c.id)
        .join(Product, Product.id == Unit.product_id)
        .join(Account, Account.id == Unit.account_id)
        .outerjoin(heard, heard.c.account_id == Unit.account_id)
        .order_by(readers, Account.number, Product.model, Unit.serial)
        .limit(limit)
    ).all()
    total, without = rows[0][-2:] if rows else (0, 0)
    return ConcernedMachines(total, without, tuple(ConcernedMachine(*row[:-2]) for row in rows))


def known_models(session: Session) -> Sequence[str]:
    """Every model on record that a bulletin can name: a comma in a name would read as two."""
    return session.scalars(select(Product.model).where(~Product.model.contains(",")).order_by(Product.model)).all()
