"""The machines somebody who leaves is asked about."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.ledger.concerned import Concerned, Machine, concerned

MOST = 24
"""Nobody goes through more, and the page stays small."""


def asked_about(session: Session, person_id: int, delivery_id: int | None) -> Concerned:
    """Whom an answer concerns (`concerned`); where the copy named no machine, those we know at the person's accounts.

    They are not listed where they are too many, or one at one of several accounts: then "the machine" may be another.
    """
    about = concerned(session, person_id, delivery_id)
    if about.machines:
        return about
    known = _standing_at(session, about.account_ids)
    if not known or len(known) > MOST or (len(known) == 1 and len(about.account_ids) > 1):
        return about
    return replace(about, machines=known)


def _standing_at(session: Session, account_ids: tuple[int, ...]) -> tuple[Machine, ...]:
    query = (
        select(Unit.id, Unit.account_id, Product.model, Unit.serial)
        .join(Product, Product.id == Unit.product_id)
        .where(Unit.account_id.in_(account_ids))
        .order_by(Unit.id)
        .limit(MOST + 1)
    )
    return tuple(Machine(*row) for row in session.execute(query))
