"""What happens to many copies in one statement: nearly all of the work of a run, so each database gets its best way."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.orm import Session

from newsletter.db import UtcDateTime
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
_POSTGRESQL = text(
    _ACCEPT.format(told="SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:words AS text[])) AS pair (id, words)")
).bindparams(bindparam("now", type_=DateTime(timezone=True)))


def accept(session: Session, replies: Sequence[tuple[int, str]], now: datetime) -> None:
    """Mark copies as accepted: (delivery id, the server's words). What the table ignores is left as it is."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(_SQLITE, {"replies": json.dumps(replies), "now": now})
    else:
        ids, words = zip(*replies, strict=True)
        connection.execute(_POSTGRESQL, {"ids": list(ids), "words": list(words), "now": now})
