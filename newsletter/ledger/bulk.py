"""What happens to many copies in one statement: nearly all of the work of a run, so each database gets its best way."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.orm import Session

from newsletter.db import UtcDateTime, array_of
from newsletter.ledger.states import Event, move

_TARGET, _ORIGINS = move(Event.ACCEPT)
_STATES = ", ".join(f"'{state}'" for state in sorted(_ORIGINS))
# All replies travel as one value: a statement a copy costs three times as much.
_ACCEPT = (
    f"UPDATE delivery SET state = '{_TARGET}', settled_at = :now, reply = told.words FROM ({{told}}) AS told"  # noqa: S608 - our own words
    f" WHERE delivery.id = told.id AND delivery.state IN ({_STATES})"
)
_SQLITE = text(
    _ACCEPT.format(
        told="SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS words FROM json_each(:replies)"
    )
).bindparams(bindparam("now", type_=UtcDateTime()))
_PAIRS = "ROWS FROM (unnest(CAST(:ids AS bigint[])), json_array_elements_text(CAST(:words AS json)))"
_POSTGRESQL = text(_ACCEPT.format(told=f"SELECT * FROM {_PAIRS} AS pair (id, words)")).bindparams(  # noqa: S608 - our own words
    bindparam("now", type_=DateTime(timezone=True))
)

_IS_MANY = text("SELECT :copies > 0.1 * reltuples FROM pg_class WHERE oid = CAST('delivery' AS regclass)")
_MANY = 1_000


def accept(session: Session, replies: Sequence[tuple[int, str]], now: datetime) -> None:
    """Mark copies as accepted: (delivery id, the server's words). What the table ignores is left as it is."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(_SQLITE, {"replies": json.dumps(replies), "now": now})
    else:
        ids, words = zip(*replies, strict=True)
        connection.execute(_POSTGRESQL, {"ids": array_of(ids), "words": json.dumps(words), "now": now})


def tell_planner(session: Session, copies: int) -> None:
    """Let PostgreSQL know of so many new copies where they are a good part of all. Does not commit.

    It would find out within a minute. Until then engines would keep the plans they made for a table that had few rows.
    """
    if (
        session.get_bind().dialect.name == "postgresql"
        and copies >= _MANY
        and session.scalar(_IS_MANY, {"copies": copies})
    ):
        session.execute(text("ANALYZE delivery, batch"))
