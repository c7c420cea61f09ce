"""Sending what was confirmed: this text, once."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.past import stamp
from newsletter.bulletin.source import read_source
from newsletter.bulletin.when import When
from newsletter.errors import Conflict
from newsletter.ledger.control import schedule
from newsletter.ledger.order import Desk
from newsletter.ledger.run import Run
from newsletter.ledger.saving import hold


def mark(session: Session, version: Version | None) -> str:
    """What a confirmation is about: the text, and how often it was ordered so far."""
    if version is None:
        return ""
    runs = session.scalar(select(func.count()).select_from(Run).where(Run.version_id == version.id))
    return f"{stamp(version)}-{runs}"


def order_confirmed(desk: Desk, number: str, *, seen: str, when: When, author: str, now: datetime) -> int:
    """Schedule a run of the newest version of a bulletin, if `seen` is its mark still; the run's id.

    The same confirmation sent twice finds one run more than it saw, and raises Conflict. The bulletin is locked before
    the runs are counted: on PostgreSQL one UPDATE with the count as its condition would wait for the other confirmation
    and then decide by the count from before.
    """
    with desk.db.write() as session:
        version = hold(session, number)
        if version is None or mark(session, version) != seen:
            raise Conflict(f"{number} was changed or sent since you looked.", hint="Nothing was sent by this click.")
        topic, _ = desk.cleared(session, read_source(version.source), "", version.bulletin_id, now)
        return schedule(session, version, topic, when, author, now).id
