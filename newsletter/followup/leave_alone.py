"""Somebody asks not to be contacted: the work about them ends at once, whoever has it, and comes back if they do."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.followup.follow_up import Act, FollowUp, FollowUpStep, State, key_of
from newsletter.followup.opening import end
from newsletter.followup.outcomes import Outcome


def leave_alone(session: Session, person_id: int, now: datetime, *, wished: bool) -> int:
    """End the open work about a person, or open again what ended so; how much there was. Does not commit."""
    return _end(session, person_id, now) if wished else _open_again(session, person_id, now)


def _end(session: Session, person_id: int, now: datetime) -> int:
    theirs = select(FollowUp).where(FollowUp.person_id == person_id, FollowUp.closed_at.is_(None))
    rows = session.scalars(theirs.order_by(FollowUp.id).with_for_update()).all()
    for row in rows:
        end(session, row, Outcome.NO_CONTACT, "they themselves", now)
    return len(rows)


def _open_again(session: Session, person_id: int, now: datetime) -> int:
    theirs = select(FollowUp).where(FollowUp.person_id == person_id, FollowUp.outcome == Outcome.NO_CONTACT)
    again = 0
    for row in session.scalars(theirs.order_by(FollowUp.id).with_for_update()).all():
        key = key_of(row.rule, row.account_id, row.unit_id)
        if session.scalar(select(FollowUp.id).where(FollowUp.open_key == key)) is None:
            row.state, row.outcome, row.closed_at, row.open_key, row.owner = State.OPEN, "", None, key, ""
            session.add(FollowUpStep(follow_up_id=row.id, act=Act.REOPENED, who="they themselves", at=now))
            session.flush()
            again += 1
    return again
