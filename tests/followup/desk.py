"""What lies in the inbox."""

from collections.abc import Sequence

from sqlalchemy import select

from newsletter.db import Database
from newsletter.followup.follow_up import FollowUp


def work(db: Database) -> Sequence[FollowUp]:
    """All work, oldest first."""
    with db.read() as session:
        return session.scalars(select(FollowUp).order_by(FollowUp.id)).all()


def opened(db: Database) -> list[FollowUp]:
    """What is open."""
    return [row for row in work(db) if row.closed_at is None]
