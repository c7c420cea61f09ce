"""The addresses we never write to, as a table that another sender can obey (standards: CASL, CAN-SPAM)."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.suppression import Suppression
from newsletter.report.table import Cell, Table

_HEADS = ("address", "reason", "source", "since", "lifted", "lifted because")
_AT_ONCE = 1000


def suppressions(session: Session) -> Table:
    """All of them, oldest first, those that were lifted included. Where a person was erased a keyed hash stands."""
    return Table(_HEADS, _rows(session))


def _rows(session: Session) -> Iterator[tuple[Cell, ...]]:
    found = session.scalars(select(Suppression).order_by(Suppression.id).execution_options(yield_per=_AT_ONCE))
    for row in found:
        yield row.address_key, row.reason, row.source, row.created_at, row.lifted_at, row.lifted_because
