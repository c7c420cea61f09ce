from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.language import sentence
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run

OTHER_MACHINE = sentence("That machine was not named in the mail this link came with.")


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine that a copy named, and the account it stands at."""

    unit_id: int
    account_id: int
    model: str
    serial: str


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an answer to a copy concerns: the machines the copy named and their accounts.

    Where the copy named none, or is gone, the accounts are all those the person stands at. `bulletin_number` is empty
    where the copy is gone. Machines and accounts are in the order of their ids.
    """

    machines: tuple[Machine, ...]
    account_ids: tuple[int, ...]
    bulletin_number: str


def concerned(session: Session, person_id: int, delivery_id: int | None) -> Concerned:
    """Whom the answer of this person, to this copy, concerns."""
    delivery = copy_to(session, person_id, delivery_id)
    machines = machines_of(session, delivery.unit_ids) if delivery else ()
    accounts = sorted({machine.account_id for machine in machines}) or _stands_at(session, person_id)
    return Concerned(machines, tuple(accounts), _number(session, delivery.run_id) if delivery else "")


def copy_to(session: Session, person_id: int, delivery_id: int | None) -> Delivery | None:
    """The copy a link came with, if it still exists and is this person's."""
    delivery = session.get(Delivery, delivery_id) if delivery_id else None
    return delivery if delivery and delivery.person_id == person_id else None


def hold_accounts(session: Session, account_ids: Iterable[int]) -> None:
    """Let nobody else weigh these accounts until the transaction ends.

    Two colleagues answering at once would each weigh without the other's word. The order of ids keeps two transactions
    from waiting for each other.
    """
    query = select(Account.id).where(Account.id.in_(account_ids)).order_by(Account.id)
    session.execute(query.with_for_update(key_share=True)).all()


def machines_of(session: Session, unit_ids: Iterable[int]) -> tuple[Machine, ...]:
    """These machines, as far as they still exist, in the order of their ids."""
    query = (
        select(Unit.id, Unit.account_id, Product.model, Unit.serial)
        .join(Product, Product.id == Unit.product_id)
        .where(Unit.id.in_(unit_ids))
        .order_by(Unit.id)
    )
    return tuple(Machine(*row) for row in session.execute(query))


def _stands_at(session: Session, person_id: int) -> list[int]:
    query = select(Affiliation.account_id).where(Affiliation.person_id == person_id)
    return sorted(session.scalars(query))


def _number(session: Session, run_id: int) -> str:
    query = (
        select(Bulletin.number)
        .join(Version, Version.bulletin_id == Bulletin.id)
        .join(Run, Run.version_id == Version.id)
        .where(Run.id == run_id)
    )
    return session.scalar(query) or ""
