"""The machines of a segment about which nobody can be reached, and why: from what timed work found of each account."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.checkin.rule import rule_in_force
from newsletter.report.coverage import Counted
from newsletter.report.listed import ListedAccount, listed
from newsletter.retention.account_reach import AccountReach, Unreached
from newsletter.retention.reckoning import Figures, reckoned_at

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Machines and their accounts by reason, those with most machines first, as found at `looked_at`."""

    looked_at: datetime | None
    reasons: Sequence[tuple[Unreached, Counted]]

    @property
    def machines(self) -> int:
        """All of them."""
        return sum(count.machines for _, count in self.reasons)


def out_of_reach(session: Session, units: Select[int]) -> OutOfReach:
    """Of some machines those about which we reach nobody."""
    accounts = func.count(Unit.account_id.distinct())
    query = select(AccountReach.why, accounts, func.count()).join(Unit, Unit.account_id == AccountReach.account_id)
    query = query.where(AccountReach.why != Unreached.REACHED.value, Unit.id.in_(units)).group_by(AccountReach.why)
    found = [(Unreached(why), Counted(count, machines)) for why, count, machines in session.execute(query)]
    return OutOfReach(reckoned_at(session, Figures.REACH), sorted(found, key=lambda one: -one[1].machines))


def accounts_out_of_reach(
    session: Session, units: Select[int], now: datetime
) -> Iterator[tuple[ListedAccount, Unreached]]:
    """Their accounts, for a call list."""
    among = select(Unit.account_id).where(Unit.id.in_(units))
    query = select(Account, AccountReach.why).join(AccountReach, AccountReach.account_id == Account.id)
    query = query.where(AccountReach.why != Unreached.REACHED.value, Account.id.in_(among)).order_by(Account.id)
    after, rule = 0, rule_in_force(session)
    while rows := session.execute(query.where(Account.id > after).limit(_AT_ONCE)).all():
        after = rows[-1][0].id
        accounts = listed(session, [account for account, _ in rows], rule, now)
        yield from ((account, Unreached(code)) for account, (_, code) in zip(accounts, rows, strict=True))
        session.expunge_all()
