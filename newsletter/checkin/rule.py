"""How long silence lasts before we ask, and how long nobody is asked again: set by staff, in months."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.checkin.check_in import CheckInRule
from newsletter.db import Database
from newsletter.errors import Refused
from newsletter.staff.audit import AuditEntry

LONGEST = 120
_ONLY = 1  # the id of the one row


@dataclass(frozen=True, slots=True)
class Rule:
    """Silent for so many months; one letter an account, and a person, in so many."""

    silent_months: int = 18
    period_months: int = 12

    def silent_since(self, now: datetime) -> datetime:
        """Whoever gave no sign after this is silent."""
        return months_before(now, self.silent_months)

    def asked_since(self, now: datetime) -> datetime:
        """Whoever was asked after this is not asked again."""
        return months_before(now, self.period_months)


def rule_in_force(session: Session) -> Rule:
    """What staff set, or 18 months of silence and 12 between two letters."""
    row = session.get(CheckInRule, _ONLY)
    return Rule(row.silent_months, row.period_months) if row else Rule()


def change_rule(db: Database, rule: Rule, author: str, now: datetime) -> None:
    """Ask by another rule from now on. Raises Refused for months that make no sense."""
    if not (1 <= rule.silent_months <= LONGEST and 1 <= rule.period_months <= LONGEST):
        raise Refused(f"Both are from 1 to {LONGEST} months.", hint="18 and 12 are usual.")
    with db.write() as session:
        session.merge(CheckInRule(id=_ONLY, silent_months=rule.silent_months, period_months=rule.period_months))
        told = f"after {rule.silent_months} months of silence, every {rule.period_months} months"
        session.add(AuditEntry(at=now, who=author, act="set check-ins", subject=told))


def months_before(at: datetime, months: int) -> datetime:
    """The same day and time so many months earlier; the month's last day where it has no such day."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
