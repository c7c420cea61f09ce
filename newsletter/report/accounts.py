"""Finding accounts: by number, name, serial number or address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import State
from newsletter.signal.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Found:
    """One account in a list, with the verdict as it was last written down and the newest sign of life."""

    number: str
    name: str
    country: str
    units: int
    state: State
    p_used: float | None
    last_kind: Kind | None
    last_at: datetime | None


def accounts(session: Session, wanted: str, *, limit: int, after: str = "") -> list[Found]:
    """Accounts by number, at most `limit`, those after the number `after`.

    `wanted` is part of a number, a name, a serial number or an address, in any case; empty finds every account.
    """
    units = select(func.count()).where(Unit.account_id == Account.id).scalar_subquery()
    query = (
        select(Account, units, Verdict.state, Verdict.p_used)
        .outerjoin(Verdict, (Verdict.account_id == Account.id) & (Verdict.unit_id == 0))
        .where(Account.number > after)
        .order_by(Account.number)
        .limit(limit)
    )
    if wanted.strip():
        query = query.where(_matches(wanted.strip()))
    rows = session.execute(query).all()
    signs = _last_signs(session, [account.id for account, *_ in rows])
    return [
        Found(
            number=account.number,
            name=account.name,
            country=account.country,
            units=count,
            state=State(state) if state else State.UNKNOWN,
            p_used=p_used,
            last_kind=Kind(signs[account.id].kind) if account.id in signs else None,
            last_at=signs[account.id].observed_at if account.id in signs else None,
        )
        for account, count, state, p_used in rows
    ]


def _matches(wanted: str) -> ColumnElement[bool]:
    by_serial = select(Unit.account_id).where(_holds(Unit.serial, wanted))
    by_address = (
        select(Affiliation.account_id)
        .join(Person, Person.id == Affiliation.person_id)
        .where(or_(_holds(Person.address, wanted), _holds(Person.address_key, wanted)))
    )
    return or_(
        _holds(Account.number, wanted),
        _holds(Account.name, wanted),
        Account.id.in_(by_serial),
        Account.id.in_(by_address),
    )


def _holds(column: InstrumentedAttribute[str], wanted: str) -> ColumnElement[bool]:
    # SQLite folds the case of ASCII only: the second spelling finds "Ärzte" for "ärzte".
    return or_(*(column.icontains(spelling, autoescape=True) for spelling in {wanted.lower(), wanted.upper()}))


def _last_signs(session: Session, account_ids: Sequence[int]) -> dict[int, Evidence]:
    later = aliased(Evidence)
    rank = func.row_number().over(
        partition_by=Evidence.account_id, order_by=(Evidence.observed_at.desc(), Evidence.id.desc())
    )
    # What takes something back speaks of the same account, and accounts have an index.
    taken_back = select(later.supersedes_id).where(later.account_id.in_(account_ids), later.supersedes_id.is_not(None))
    telling = (
        select(Evidence.id, rank.label("rank"))
        .where(Evidence.account_id.in_(account_ids), Evidence.says != State.UNKNOWN)
        .where(Evidence.id.not_in(taken_back))
        .subquery()
    )
    newest = select(Evidence).join(telling, telling.c.id == Evidence.id).where(telling.c.rank == 1)
    return {row.account_id: row for row in session.scalars(newest)}
