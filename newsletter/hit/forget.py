from datetime import datetime, timedelta

from sqlalchemy import select, update

from newsletter.db import Database, rows_changed
from newsletter.hit.hit import Hit

KEPT = timedelta(days=30)
"""How long the network and the user agent of a hit are kept: they are personal, and after that nobody judges anew."""

AT_ONCE = 5_000


def forget_traces(db: Database, now: datetime) -> int:
    """Empty what is no longer kept, some rows at a time; how many rows it was."""
    total = 0
    old = select(Hit.id).where(Hit.at < now - KEPT, Hit.network != "").limit(AT_ONCE)
    while True:
        with db.write() as session:
            emptied = rows_changed(session, update(Hit).where(Hit.id.in_(old)).values(network="", user_agent=""))
        total += emptied
        if emptied < AT_ONCE:
            return total
