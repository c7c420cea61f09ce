"""Everybody an audience names, found once for all that is made of it when a run starts.

Both who gets a copy and who gets none are to be written down. To look twice takes a million people a sixth of the time
of a start on PostgreSQL and a third on SQLite, and somebody who leaves between the two looks would be in neither.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Column, MetaData, Table, Text, insert
from sqlalchemy.orm import Session

from newsletter.audience.segment import Audience, candidates
from newsletter.db import Identity

_NAMED = Table(
    "named",
    MetaData(),
    Column("person_id", Identity),
    Column("address", Text),
    Column("units", Text),
    Column("rule", Text),
    prefixes=["TEMPORARY"],
)


@contextmanager
def named(session: Session, audience: Audience) -> Iterator[Table]:
    """The rows of `candidates` in a table that is there while the block runs, for this transaction alone."""
    connection = session.connection()
    _NAMED.create(connection, checkfirst=False)
    session.execute(insert(_NAMED).from_select(list(_NAMED.c.keys()), candidates(audience)))
    yield _NAMED
    _NAMED.drop(connection, checkfirst=False)
