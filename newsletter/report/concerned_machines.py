"""The machines a bulletin names, and whether anybody hears of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.segment import Audience, readers_of


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
    if not audience.names_machines:
        return ConcernedMachines(0, 0, ())
    heard = readers_of(audience).subquery("heard")
    unheard = func.count().filter(heard.c.readers == 0).over()
    rows = session.execute(
        select(Product.model, Unit.serial, Account.number, Account.name, heard.c.readers, func.count().over(), unheard)
        .select_from(heard)
        .join(Unit, Unit.id == heard.c.id)
        .join(Product, Product.id == Unit.product_id)
        .join(Account, Account.id == Unit.account_id)
        .order_by(heard.c.readers, Account.number, Product.model, Unit.serial)
        .limit(limit)
    ).all()
    total, without = rows[0][-2:] if rows else (0, 0)
    return ConcernedMachines(total, without, tuple(ConcernedMachine(*row[:-2]) for row in rows))


def known_models(session: Session) -> Sequence[str]:
    """Every model on record that a bulletin can name: a comma in a name would read as two."""
    return session.scalars(select(Product.model).where(~Product.model.contains(",")).order_by(Product.model)).all()
