"""A colleague overrules a verdict, or takes back that somebody did: an act for the doors."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from newsletter.account.account import Account
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import STAFF, Better, override
from newsletter.staff.audit import AuditEntry


def overrule(db: Database, account_id: int, better: Better, *, author: str, now: datetime) -> int:
    """Note what a colleague knows better, in place of what colleagues had said of the same before; its evidence id.

    To say *unknown* is to take that back and to claim nothing. Raises NotFound, BadAnswer without a reason.
    """
    with db.write() as session:
        # Locked, so that of two colleagues the later takes back what the earlier says.
        account = session.scalar(select(Account).where(Account.id == account_id).with_for_update(key_share=True))
        if account is None:
            raise NotFound("There is no such account.")
        before = _said_before(session, account_id, better.unit_id)
        noted = override(session, account_id, better, author=author, now=now, supersedes=before)
        subject = f"account {account.number}, evidence {noted.id}"
        session.add(AuditEntry(at=now, who=author, act="overruled a verdict", subject=subject))
        return noted.id


def _said_before(session: Session, account_id: int, unit_id: int | None) -> str | None:
    """The key of what colleagues said of it last, unless that was taken back."""
    later = aliased(Evidence)
    taken_back = select(later.id).where(later.account_id == account_id, later.supersedes_id == Evidence.id)
    query = select(Evidence.key).where(
        Evidence.account_id == account_id,
        Evidence.unit_id == unit_id if unit_id is not None else Evidence.unit_id.is_(None),
        Evidence.kind == Kind.STAFF_NOTE,
        Evidence.source == STAFF,
        ~taken_back.exists(),
    )
    return session.scalar(query.order_by(Evidence.observed_at.desc(), Evidence.id.desc()).limit(1))
