"""Keeping the months up to date: which of them have to be counted, and when."""

import logging
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.retention.count_months import count_months
from newsletter.retention.months import end_of, ended_months, month_of
from newsletter.retention.reckoning import Figures, claim, reckoned_at, release, settle, today
from newsletter.retention.verdict_month import Side, VerdictMonth
from newsletter.signal.evidence import Evidence

_log = logging.getLogger(__name__)


def keep_months(db: Database, now: datetime) -> None:
    """Once a day: count the months that are new, and those of which something was learnt since they were counted.

    Any number of engines may do so at once; one counts. After any time without an engine the missing months follow.
    """
    with db.read() as session:
        since = reckoned_at(session, Figures.MONTHS)
    if not claim(db, Figures.MONTHS, now, older_than=today(now)):
        return
    try:
        with db.read() as session:
            months = _to_count(session, since, now)
        machines = count_months(db, months, now) if months else _nothing_new(db, now)
    except BaseException:
        release(db, Figures.MONTHS)
        raise
    if months:
        _log.info("counted %d months of %d machines", len(months), machines)


def rebuild_months(db: Database, now: datetime) -> int:
    """Count all months anew; how many machines there are. Raises Conflict while somebody else counts."""
    if not claim(db, Figures.MONTHS, now, older_than=now):
        raise Conflict("The months are being counted just now.", hint="Look at the report in a few minutes.")
    try:
        return count_months(db, ended_months(now), now)
    except BaseException:
        release(db, Figures.MONTHS)
        raise


def _nothing_new(db: Database, now: datetime) -> int:
    with db.write() as session:
        settle(session, Figures.MONTHS, now)
    return 0


def _to_count(session: Session, since: datetime | None, now: datetime) -> Sequence[date]:
    """The months that are missing, or in which something happened that we learnt of after we had counted them."""
    months = ended_months(now)
    if since is None or _is_another_base(session, months):
        return months
    kept = set(session.scalars(select(VerdictMonth.month).where(VerdictMonth.side == Side.ALL).distinct()))
    late = session.scalar(select(func.min(Evidence.observed_at)).where(Evidence.recorded_at >= since))
    changed = month_of(late) if late else month_of(now)
    return [month for month in months if month >= changed or month not in kept]


def _is_another_base(session: Session, months: Sequence[date]) -> bool:
    """Whether machines came or went on record that stood in the last month that was counted."""
    counted = select(VerdictMonth.month, func.sum(VerdictMonth.machines)).where(
        VerdictMonth.side == Side.ALL, VerdictMonth.month.in_(months)
    )
    last = session.execute(counted.group_by(VerdictMonth.month).order_by(VerdictMonth.month.desc()).limit(1)).first()
    if last is None:
        return True
    month, machines = last
    stood = or_(Unit.installed_on.is_(None), Unit.installed_on <= end_of(month).date())
    return int(machines) != session.scalar(select(func.count()).select_from(Unit).where(stood))
