"""Who had another bulletin just now."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.audience.segment import Audience, candidates
from newsletter.bulletin.bulletin import Version
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.ledger.states import State

_WENT_OUT = (State.ACCEPTED, State.IN_DOUBT, State.LET_BE)


def had_another(session: Session, audience: Audience, bulletin_id: int | None, now: datetime, *, days: int) -> int:
    """How many of those who would get a copy had one of another bulletin in the last days."""
    since = now - timedelta(days=days)
    # A run may send for days; one that began long before and ended long ago has nothing to tell.
    lately = select(Run.id).join(Version, Version.id == Run.version_id).where(Run.started_at.is_not(None))
    lately = lately.where(Version.bulletin_id != (bulletin_id or 0), func.coalesce(Run.finished_at, now) >= since)
    had = select(Delivery.person_id).where(Delivery.run_id.in_(lately), Delivery.state.in_(_WENT_OUT))
    found = candidates(audience).subquery()
    recently = select(func.count()).select_from(found).where(found.c.rule.is_(None))
    return session.scalar(recently.where(found.c.person_id.in_(had.where(Delivery.settled_at >= since)))) or 0
