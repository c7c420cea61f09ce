"""Every row of every table, to see whether anything changed."""

from typing import Any

from sqlalchemy import select

from newsletter import tables
from newsletter.db import Database


def every_row(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All tables, each with its rows in a fixed order."""
    with db.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in tables.metadata.sorted_tables
        }
