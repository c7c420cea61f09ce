"""Work that a date opens: an agreement that ends, and is not renewed yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from newsletter.account.agreement import Agreement
from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp
from newsletter.followup.in_force import rules_in_force
from newsletter.followup.opening import Heard, open_work
from newsletter.followup.rules import Team

AHEAD = timedelta(days=60)
"""So long before the end there is time to speak of the machine first, and of the bill later."""
_AT_ONCE = 200


def open_for_endings(db: Database, now: datetime) -> int:
    """Open work for the agreements that end soon; how much. Once an end, however often somebody looks."""
    opened, after = 0, 0
    with db.read() as session:
        listening = [rule for rule in rules_in_force(session) if Cause.AGREEMENT_ENDING in rule.causes]
    if all(rule.team is Team.NOBODY for rule in listening):
        return 0
    while True:
        with db.write() as session:
            units = _ending(session, now, after)
            for unit_id, account_id in units:
                heard = Heard(
                    evidence_id=None,
                    supersedes_id=None,
                    account_id=account_id,
                    unit_id=unit_id,
                    person_id=None,
                    cause=Cause.AGREEMENT_ENDING,
                )
                opened += open_work(session, heard, now) is not None
        if len(units) < _AT_ONCE:
            return opened
        after = units[-1][0]


def _ending(session: Session, now: datetime, after: int) -> Sequence[Row[int, int]]:
    today = now.date()
    was_opened = select(FollowUp.id).where(
        FollowUp.account_id == Unit.account_id,
        FollowUp.unit_id == Unit.id,
        FollowUp.cause == Cause.AGREEMENT_ENDING,
        FollowUp.opened_at > now - AHEAD,
    )
    renewed = aliased(Agreement)
    later = select(renewed.id).where(renewed.unit_id == Unit.id, renewed.until > today + AHEAD)
    query = select(Unit.id, Unit.account_id).distinct().join(Agreement, Agreement.unit_id == Unit.id)
    query = query.where(Agreement.until.between(today, today + AHEAD), Unit.id > after)
    return session.execute(query.where(~later.exists(), ~was_opened.exists()).order_by(Unit.id).limit(_AT_ONCE)).all()
