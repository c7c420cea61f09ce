"""Accounts we have not heard from for some months, and whom we could ask there."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.checkin.rule import months_before, rule_in_force
from newsletter.report.listed import ListedAccount, listed
from newsletter.report.narrowing import Narrowing
from newsletter.signal.rules import State
from newsletter.signal.verdict import Verdict

COUNTED = 1_000
"""More than so many are not counted for a page."""

_AT_ONCE = 500


def silent(
    session: Session, months: int, wanted: Narrowing, now: datetime, *, limit: int, after: str = ""
) -> list[ListedAccount]:
    """Accounts by number, at most `limit`, after a number, of whose machines no sign came in so many months."""
    query = _silent(months, wanted, now).where(Account.number > after).order_by(Account.number).limit(limit)
    return listed(session, session.scalars(query).all(), rule_in_force(session), now)


def all_silent(session: Session, months: int, wanted: Narrowing, now: datetime) -> Iterator[ListedAccount]:
    """All of them, for a file."""
    after = ""
    while found := silent(session, months, wanted, now, limit=_AT_ONCE, after=after):
        yield from found
        after = found[-1].number
        session.expunge_all()


def how_many(session: Session, months: int, wanted: Narrowing, now: datetime) -> int:
    """How many there are; `COUNTED` + 1 where there are more."""
    some = _silent(months, wanted, now).with_only_columns(Account.id).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _silent(months: int, wanted: Narrowing, now: datetime) -> Select[Account]:
    since = months_before(now, months)
    at_large, of_one = aliased(Verdict), aliased(Verdict)
    is_gone = exists().where(
        of_one.account_id == Unit.account_id, of_one.unit_id == Unit.id, of_one.state == State.NOT_IN_USE
    )
    return (
        select(Account)
        .outerjoin(at_large, and_(at_large.account_id == Account.id, at_large.unit_id == 0))
        .where(or_(at_large.last_sign_at.is_(None), at_large.last_sign_at < since))
        .where(exists().where(Unit.account_id == Account.id, ~is_gone))
        # A machine that was put up since is a sign of its own.
        .where(~exists().where(Unit.account_id == Account.id, Unit.installed_on >= since.date()))
        .where(*wanted.conditions(now.date()))
    )
