"""How fast a run goes just now, from a ring of seconds that its engines keep."""

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from newsletter.pace.meter import Throughput

_RING = 60  # seconds
_OVER = 30  # seconds that are looked at
_ADD = text(
    "INSERT INTO throughput (run_id, engine, ring, second, accepted) VALUES (:run, :engine, :ring, :second, :more)"
    " ON CONFLICT (run_id, engine, ring) DO UPDATE SET second = excluded.second,"
    " accepted = excluded.accepted + CASE WHEN throughput.second = excluded.second THEN throughput.accepted ELSE 0 END"
)


def note_accepted(session: Session, run_id: int, engine: str, accepted: int, now: datetime) -> None:
    """Note that an engine had so many copies of a run accepted. A step of the transaction that records them."""
    second = int(now.timestamp())
    row = {"run": run_id, "engine": engine, "ring": second % _RING, "second": second, "more": accepted}
    session.execute(_ADD, row)


def recent_rate(session: Session, run_id: int, now: datetime) -> float | None:
    """Copies a second over the last half minute, or since the first where that is shorter; None without any.

    The second that is not over counts for nothing.
    """
    second = int(now.timestamp())
    mine = (Throughput.run_id == run_id) & (Throughput.second >= second - _OVER) & (Throughput.second < second)
    query = select(func.sum(Throughput.accepted), func.min(Throughput.second)).where(mine)
    accepted, first = session.execute(query).one()
    return int(accepted) / (second - first) if accepted else None
