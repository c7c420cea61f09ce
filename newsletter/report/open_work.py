"""The follow-ups of an account that are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.followup.follow_up import FollowUp


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Work that nobody has closed; `owner` is empty where nobody took it, `serial` where it is about no one machine."""

    id: int
    what: str
    team: str
    due_on: date
    owner: str
    serial: str


def open_work(session: Session, account_id: int) -> Sequence[OpenWork]:
    """What waits to be done, what is due first first."""
    query = select(FollowUp.id, FollowUp.what, FollowUp.team, FollowUp.due_on, FollowUp.owner, Unit.serial)
    query = query.outerjoin(Unit, Unit.id == FollowUp.unit_id)
    query = query.where(FollowUp.account_id == account_id, FollowUp.closed_at.is_(None))
    rows = session.execute(query.order_by(FollowUp.due_on, FollowUp.id))
    return [OpenWork(id_, what, team, due_on, owner, serial or "") for id_, what, team, due_on, owner, serial in rows]
