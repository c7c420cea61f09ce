"""The agreements on an account's machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.agreement import Agreement
from newsletter.account.unit import Unit


@dataclass(frozen=True, slots=True)
class Term:
    """One agreement on one machine. It runs through the day `until`."""

    id: int
    unit_id: int
    until: date
    source: str
    recorded_at: datetime


def terms_of(session: Session, account_id: int) -> Sequence[Term]:
    """All agreements there are or were, those that end first first."""
    query = select(Agreement.id, Agreement.unit_id, Agreement.until, Agreement.source, Agreement.recorded_at)
    query = query.join(Unit, Unit.id == Agreement.unit_id).where(Unit.account_id == account_id)
    return [Term(*row) for row in session.execute(query.order_by(Agreement.until, Agreement.id))]


def last_end(terms: Sequence[Term], unit_id: int) -> date | None:
    """The end of the agreement on a machine that runs longest, past or to come."""
    return max((term.until for term in terms if term.unit_id == unit_id), default=None)
