"""Looking at every account with machines: whether anybody there can be reached, and who was in touch with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.db import Database
from newsletter.retention.account_reach import AccountReach, Unreached
from newsletter.retention.count_owners import count_owners
from newsletter.retention.months import months_later
from newsletter.retention.reach import unreached
from newsletter.retention.reckoning import Figures, claim, release, settle, today
from newsletter.retention.renewal import LOOKED_BACK, only_at_renewal
from newsletter.retention.touch import Talk, mailed, talks, teams
from newsletter.staff.user import Duty

_AT_ONCE = 500  # accounts a transaction, so that nobody who leaves has to wait


def keep_reach(db: Database, now: datetime) -> None:
    """Once a day: look at every account. Any number of engines may do so at once; one looks."""
    if not claim(db, Figures.REACH, now, older_than=today(now)):
        return
    try:
        count_reach(db, now)
    except BaseException:
        release(db, Figures.REACH)
        raise


def count_reach(db: Database, now: datetime) -> None:
    """Look at every account as of now."""
    with db.read() as session:
        duties = teams(session)
    after = 0
    while True:
        with db.read() as session:
            ids = session.scalars(
                select(Account.id).where(Account.id > after).order_by(Account.id).limit(_AT_ONCE)
            ).all()
            rows = _looked_at(session, ids, duties, now)
        if not ids:
            break
        with db.write() as session:
            session.execute(delete(AccountReach).where(AccountReach.account_id.in_(ids)))
            if rows:
                session.execute(insert(AccountReach), rows)
        after = ids[-1]
    count_owners(db, now)
    with db.write() as session:
        settle(session, Figures.REACH, now)


def _looked_at(
    session: Session, ids: Sequence[int], duties: Mapping[str, frozenset[Duty]], now: datetime
) -> list[dict[str, Any]]:
    counted = select(Unit.account_id, func.count()).where(Unit.account_id.in_(ids)).group_by(Unit.account_id)
    machines = dict(session.execute(counted).all())
    people = _people(session, ids, now)
    told = talks(session, ids)
    neglected = _neglected(session, ids, told, now.date())
    last = _last_talks(told, duties)
    return [
        {
            "account_id": account_id,
            "why": why(people[account_id]),
            "machines": count,
            "people": sum(people[account_id].values()),
            "only_at_renewal": account_id in neglected,
            "service_at": last.get((account_id, Duty.SERVICE)),
            "sales_at": last.get((account_id, Duty.SALES)),
        }
        for account_id, count in machines.items()
    ]


def why(people: Mapping[str, int]) -> Unreached:
    """Why an account is out of reach, from how many people there are so for which reason."""
    if not people:
        return Unreached.NO_PERSON
    if Unreached.REACHED in people:
        return Unreached.REACHED
    return Unreached(next(iter(people))) if len(people) == 1 else Unreached.SEVERAL


def _people(session: Session, ids: Sequence[int], now: datetime) -> Mapping[int, Mapping[str, int]]:
    reason = unreached(now).label("reason")
    each = (
        select(Affiliation.account_id, reason)
        .join(Person, Person.id == Affiliation.person_id)
        .where(Affiliation.account_id.in_(ids))
        .subquery()
    )
    found = defaultdict[int, dict[str, int]](dict)
    grouped = select(each.c.account_id, each.c.reason, func.count()).group_by(each.c.account_id, each.c.reason)
    for account_id, code, count in session.execute(grouped):
        found[account_id][code] = count
    return found


def _neglected(session: Session, ids: Sequence[int], told: Iterable[Talk], day: date) -> set[int]:
    """The accounts that hear from us at a renewal only."""
    ends = defaultdict[int, set[date]](set)
    query = (
        select(Unit.account_id, Agreement.until)
        .join(Agreement, Agreement.unit_id == Unit.id)
        .where(Unit.account_id.in_(ids))
    )
    for account_id, until in session.execute(query):
        ends[account_id].add(until)
    since = months_later(day.replace(day=1), -LOOKED_BACK)
    cared_for = {talk.account_id for talk in told if not talk.is_about_renewal and talk.at.date() >= since}
    letters = mailed(session, sorted(ends.keys() - cared_for), since)
    return {
        account_id
        for account_id, when in ends.items()
        if account_id not in cared_for and only_at_renewal(when, letters.get(account_id, set()), day)
    }


def _last_talks(told: Iterable[Talk], duties: Mapping[str, frozenset[Duty]]) -> Mapping[tuple[int, Duty], datetime]:
    last: dict[tuple[int, Duty], datetime] = {}
    for talk in told:
        for duty in duties.get(talk.author, ()):
            key = talk.account_id, duty
            last[key] = max(talk.at, last.get(key, talk.at))
    return last
