"""Many rows of one table in few statements."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.db import Base

# Else the ORM begins another statement wherever the Nones stand elsewhere: 43 s instead of 22 s for 100,000 rows.
_IN_ONE_BATCH = {"render_nulls": True}


def insert_all(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns."""
    if rows:
        session.execute(insert(table), rows, execution_options=_IN_ONE_BATCH)


def insert_for_ids(
    session: Session,
    rows: Sequence[dict[str, Any]],
    row_id: InstrumentedAttribute[int],
    *key: InstrumentedAttribute[Any],
) -> list[tuple[int, tuple[Any, ...]]]:
    """Insert rows into the table of `row_id` and give (id, key) of each, in no order."""
    if not rows:
        return []
    inserted = session.execute(insert(row_id.class_).returning(row_id, *key), rows, execution_options=_IN_ONE_BATCH)
    return [(row[0], tuple(row[1:])) for row in inserted]


def change_all(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Update rows by their primary key; all name the same columns."""
    if rows:
        session.execute(update(table), rows)
