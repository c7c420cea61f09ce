"""How the accounts of each owner fared in the last twelve months."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, case, delete, exists, func, insert, select
from sqlalchemy.orm import Session, aliased

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation
from newsletter.checkin.rule import months_before
from newsletter.db import Database
from newsletter.optout.opt_out import OptOut
from newsletter.retention.account_reach import AccountReach, Unreached
from newsletter.retention.owner_year import OwnerYear
from newsletter.signal.rules import USED
from newsletter.signal.verdict import Verdict

_LOOKED_BACK = 12
"""Months."""

_CONTACT = ("accounts", "reached", "by_service", "by_sales", "by_anybody")
_RENEWALS = ("agreements", "renewed")
_OPT_OUTS = ("opted_out", "customers_still")


def count_owners(db: Database, now: datetime) -> None:
    """Count them anew, from the accounts as they were looked at last."""
    since = months_before(now, _LOOKED_BACK)
    with db.read() as session:
        rows = list(_rows(session, since, now.date()))
    with db.write() as session:
        session.execute(delete(OwnerYear))
        if rows:
            session.execute(insert(OwnerYear), rows)


def _rows(session: Session, since: datetime, today: date) -> Iterator[dict[str, str | int]]:
    found = defaultdict[str, dict[str, str | int]](dict)
    for names, query in (
        (_CONTACT, _contact(since)),
        (_RENEWALS, _renewals(since.date(), today)),
        (_OPT_OUTS, _opt_outs(since)),
    ):
        for owner, *counts in session.execute(query):
            found[owner] |= dict(zip(names, map(int, counts), strict=True))
    nothing: dict[str, str | int] = dict.fromkeys((*_CONTACT, *_RENEWALS, *_OPT_OUTS), 0)
    for owner, counts_of_owner in found.items():
        yield {**nothing, "owner": owner, **counts_of_owner}


def _contact(since: datetime) -> Select[str, *tuple[int, ...]]:
    service, sales = AccountReach.service_at >= since, AccountReach.sales_at >= since
    query = select(
        Account.owner,
        func.count(),
        *_sums(AccountReach.why == Unreached.REACHED.value, service, sales, service | sales),
    )
    return query.join(Account, Account.id == AccountReach.account_id).group_by(Account.owner)


def _renewals(since: date, today: date) -> Select[str, *tuple[int, ...]]:
    """An agreement was renewed if another follows on the same machine."""
    later = aliased(Agreement)
    renewed = exists().where(later.unit_id == Agreement.unit_id, later.until > Agreement.until)
    query = select(Account.owner, func.count(), *_sums(renewed)).select_from(Agreement)
    query = query.join(Unit, Unit.id == Agreement.unit_id).join(Account, Account.id == Unit.account_id)
    return query.where(Agreement.until >= since, Agreement.until < today).group_by(Account.owner)


def _opt_outs(since: datetime) -> Select[str, *tuple[int, ...]]:
    """People, once an owner, by the verdicts as they were last written down."""
    used = func.max(_one(Verdict.state.in_([state.value for state in USED]))).label("used")
    at_large = (Verdict.account_id == Account.id) & (Verdict.unit_id == 0)
    each = (
        select(Account.owner, OptOut.person_id, used)
        .join(Affiliation, Affiliation.person_id == OptOut.person_id)
        .join(Account, Account.id == Affiliation.account_id)
        .outerjoin(Verdict, at_large)
        .where(OptOut.left_at >= since, OptOut.undone_at.is_(None))
        .group_by(Account.owner, OptOut.person_id)
        .subquery()
    )
    return select(each.c.owner, func.count(), func.sum(each.c.used)).group_by(each.c.owner)


def _sums(*conditions: ColumnElement[bool]) -> Iterable[ColumnElement[int]]:
    return [func.sum(_one(condition)) for condition in conditions]


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
