"""Signs of life of the engines."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from newsletter.db import Database
from newsletter.ledger.engine import EngineSeen

FRESH = timedelta(seconds=30)
_FORGET = timedelta(days=1)


def note_seen(db: Database, engine: str, started_at: datetime, trouble: str, now: datetime) -> None:
    """Note that an engine lives; engines not seen for a day are forgotten."""
    with db.write() as session:
        session.merge(EngineSeen(name=engine, started_at=started_at, seen_at=now, trouble=trouble))
        session.execute(delete(EngineSeen).where(EngineSeen.seen_at < now - _FORGET))


def engines_alive(db: Database, now: datetime) -> list[EngineSeen]:
    """The engines that gave a sign of life lately."""
    with db.read() as session:
        return list(session.scalars(select(EngineSeen).where(EngineSeen.seen_at >= now - FRESH)))
