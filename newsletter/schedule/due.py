"""Whether a day of a series may have come: a look that an engine takes every second without the rest of this room."""

from datetime import datetime

from sqlalchemy import bindparam, text

from newsletter.db import Database, UtcDateTime

# In plain SQL: the classes of the tables and what reads a recurrence take 0.4 MB of an engine.
_DUE = text("SELECT id FROM series WHERE state = 'active' AND due_at <= :now LIMIT 1").bindparams(
    bindparam("now", type_=UtcDateTime())
)


def may_be_due(db: Database, now: datetime) -> bool:
    """Whether `fire.fire_due` would find a series."""
    with db.read() as session:
        return session.execute(_DUE, {"now": now}).first() is not None
