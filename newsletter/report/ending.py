"""Agreements that end soon and were not renewed so far."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session, aliased

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.checkin.rule import rule_in_force
from newsletter.report.listed import ListedAccount, listed
from newsletter.report.narrowing import Narrowing
from newsletter.retention.months import months_later

_AT_ONCE = 500

After = tuple[date, int]
"""The day and agreement id of the last one of a page."""


@dataclass(frozen=True, slots=True)
class EndingAgreement:
    """An agreement on one machine, and the account it stands at."""

    id: int
    until: date
    model: str
    serial: str
    account: ListedAccount


def ending(
    session: Session, months: int, wanted: Narrowing, now: datetime, *, limit: int, after: After | None = None
) -> list[EndingAgreement]:
    """Agreements that end within so many months, the next first, at most `limit`, after another one."""
    today, later = now.date(), aliased(Agreement)
    last = months_later(today.replace(day=1), months + 1)  # to the end of the month, so that none falls between
    query = (
        select(Agreement.id, Agreement.until, Product.model, Unit.serial, Account)
        .join(Unit, Unit.id == Agreement.unit_id)
        .join(Product, Product.id == Unit.product_id)
        .join(Account, Account.id == Unit.account_id)
        .where(Agreement.until >= today, Agreement.until < last)
        .where(~exists().where(later.unit_id == Agreement.unit_id, later.until > Agreement.until))
        .where(*wanted.conditions(today))
        .order_by(Agreement.until, Agreement.id)
        .limit(limit)
    )
    if after:
        query = query.where(tuple_(Agreement.until, Agreement.id) > after)
    rows = session.execute(query).all()
    accounts = _listed(session, [account for *_, account in rows], now)
    return [EndingAgreement(id_, until, model, serial, accounts[a.id]) for id_, until, model, serial, a in rows]


def all_ending(session: Session, months: int, wanted: Narrowing, now: datetime) -> Iterator[EndingAgreement]:
    """All of them, for a file."""
    after: After | None = None
    while found := ending(session, months, wanted, now, limit=_AT_ONCE, after=after):
        yield from found
        after = found[-1].until, found[-1].id
        session.expunge_all()


def _listed(session: Session, accounts: Sequence[Account], now: datetime) -> dict[int, ListedAccount]:
    once = list({account.id: account for account in accounts}.values())
    return {one.account_id: one for one in listed(session, once, rule_in_force(session), now)}
