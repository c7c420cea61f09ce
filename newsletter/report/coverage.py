"""Which accounts we do not reach, or only when an agreement has to be renewed: from what timed work found of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.checkin.rule import rule_in_force
from newsletter.report.listed import ListedAccount, listed
from newsletter.report.narrowing import Narrowing
from newsletter.retention.account_reach import AccountReach, Unreached
from newsletter.retention.reckoning import Figures, reckoned_at

_AT_ONCE = 500

UNREACHED: dict[str, str] = {
    Unreached.NO_PERSON: "nobody stands there on record",
    Unreached.BOUNCED: "all mail came back",
    Unreached.OPTED_OUT: "everybody opted out",
    Unreached.PAUSED: "everybody paused our mail",
    Unreached.NO_CONSENT: "nobody agreed to our mail",
    Unreached.SEVERAL: "for several reasons",
}
"""Why nobody at an account can be reached, as staff read it."""


class Gap(StrEnum):
    """What is missing."""

    UNREACHED = "unreached"
    AT_RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class Counted:
    """So many accounts with so many machines."""

    accounts: int
    machines: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was found at `looked_at`, None where nobody looked so far; `reasons` with most machines first."""

    looked_at: datetime | None
    everything: Counted
    reasons: Sequence[tuple[Unreached, Counted]]
    at_renewal: Counted

    @property
    def unreached(self) -> Counted:
        """All that nobody can be reached at."""
        return Counted(sum(c.accounts for _, c in self.reasons), sum(c.machines for _, c in self.reasons))


def coverage(session: Session) -> Coverage:
    """How many accounts and machines we reach, and why not the others."""
    by_reason = select(AccountReach.why, func.count(), func.sum(AccountReach.machines)).group_by(AccountReach.why)
    found = {Unreached(why): Counted(accounts, int(machines)) for why, accounts, machines in session.execute(by_reason)}
    only = select(func.count(), func.sum(AccountReach.machines)).where(AccountReach.only_at_renewal)
    accounts, machines = session.execute(only).one()
    reasons = [(why, count) for why, count in found.items() if why]
    return Coverage(
        looked_at=reckoned_at(session, Figures.REACH),
        everything=Counted(sum(c.accounts for c in found.values()), sum(c.machines for c in found.values())),
        reasons=sorted(reasons, key=lambda one: -one[1].machines),
        at_renewal=Counted(accounts, int(machines or 0)),
    )


def uncovered(
    session: Session, gap: Gap, wanted: Narrowing, now: datetime, *, why: Unreached | None, limit: int, after: int = 0
) -> list[tuple[ListedAccount, Unreached]]:
    """Accounts with that gap and why they were out of reach, at most `limit`, by id, after an id."""
    query = (
        select(Account, AccountReach.why)
        .join(AccountReach, AccountReach.account_id == Account.id)
        .where(_is(gap, why), AccountReach.account_id > after, *wanted.conditions(now.date()))
        .order_by(AccountReach.account_id)
        .limit(limit)
    )
    rows = session.execute(query).all()
    accounts = listed(session, [account for account, _ in rows], rule_in_force(session), now)
    return [(account, Unreached(code)) for account, (_, code) in zip(accounts, rows, strict=True)]


def all_uncovered(
    session: Session, gap: Gap, wanted: Narrowing, now: datetime, why: Unreached | None = None
) -> Iterator[tuple[ListedAccount, Unreached]]:
    """All of them, for a file."""
    after = 0
    while found := uncovered(session, gap, wanted, now, why=why, limit=_AT_ONCE, after=after):
        yield from found
        after = found[-1][0].account_id
        session.expunge_all()


def _is(gap: Gap, why: Unreached | None) -> ColumnElement[bool]:
    if gap is Gap.AT_RENEWAL:
        return and_(AccountReach.only_at_renewal)
    return AccountReach.why == why.value if why else AccountReach.why != Unreached.REACHED.value
