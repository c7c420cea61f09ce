"""The inbox: which work a colleague wants to see, in which order, a page at a time by key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Person
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp, State
from newsletter.followup.outcomes import Outcome
from newsletter.followup.rules import Team

MOST_COUNTED = 1000
"""Beyond that the number says "more than"."""

ME, NOBODY, ANYBODY = "me", "nobody", ""


class Due(StrEnum):
    """By when it is due."""

    LATE = "late"
    TODAY = "today"  # or before
    WEEK = "week"


class Sort(StrEnum):
    """In which order."""

    DUE = "due"
    NEWEST = "newest"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. None and empty mean any; `owner` is `ME`, `NOBODY`, or an address.

    `state` None is all that is open; what is closed comes newest first.
    """

    team: Team | None = None
    owner: str = ANYBODY
    due: Due | None = None
    state: State | None = None
    product: str = ""
    cause: Cause | None = None
    country: str = ""
    sort: Sort = Sort.DUE

    @property
    def order(self) -> Sort:
        """The order that is kept."""
        return Sort.NEWEST if self.state is State.CLOSED else self.sort


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of work as the inbox shows it. `model` and `serial` are empty where it is about no one machine."""

    id: int
    account_number: str
    account: str
    country: str
    model: str
    serial: str
    person: str
    cause: Cause
    what: str
    team: Team
    due_on: date
    owner: str
    state: State
    outcome: Outcome | None
    opened_at: datetime

    def cursor(self, sort: Sort) -> str:
        """The place after which the next page begins."""
        first = {Sort.DUE: self.due_on.isoformat(), Sort.NEWEST: "", Sort.ACCOUNT: self.account}[sort]
        return f"{first}~{self.id}"


def inbox(session: Session, wanted: Wanted, me: str, today: date, *, limit: int, after: str = "") -> list[Line]:
    """The work that is wanted; `after` is the cursor of the line before, and nonsense begins at the beginning."""
    query = _lines().where(*_conditions(wanted, me, today))
    if after and (place := _after(wanted.order, after)) is not None:
        query = query.where(place)
    return [_line(row) for row in session.execute(query.order_by(*_order(wanted.order)).limit(limit))]


def how_many(session: Session, wanted: Wanted, me: str, today: date) -> int:
    """How much work is wanted; one more than MOST_COUNTED where there is more than that."""
    found = select(FollowUp.id).join(Account, Account.id == FollowUp.account_id)
    found = found.outerjoin(Unit, Unit.id == FollowUp.unit_id).outerjoin(Product, Product.id == Unit.product_id)
    some = found.where(*_conditions(wanted, me, today)).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def next_after(session: Session, wanted: Wanted, me: str, today: date, *, but: int) -> int | None:
    """The id of the first piece of work that is wanted, but one."""
    query = select(FollowUp.id).join(Account, Account.id == FollowUp.account_id)
    query = query.outerjoin(Unit, Unit.id == FollowUp.unit_id).outerjoin(Product, Product.id == Unit.product_id)
    query = query.where(*_conditions(wanted, me, today), FollowUp.id != but)
    return session.scalar(query.order_by(*_order(wanted.order)).limit(1))


def owners(session: Session) -> Sequence[str]:
    """Colleagues who have work in hand."""
    taken = select(FollowUp.owner).where(FollowUp.owner != "", FollowUp.closed_at.is_(None))
    return session.scalars(taken.distinct().order_by(FollowUp.owner)).all()


def _lines() -> Select[*tuple[Any, ...]]:
    name = func.coalesce(func.nullif(Account.name, ""), Account.number)
    columns: list[Any] = [FollowUp, Account.number, name, Account.country, Product.model, Unit.serial, Person]
    query = select(*columns)
    query = query.join(Account, Account.id == FollowUp.account_id).outerjoin(Unit, Unit.id == FollowUp.unit_id)
    query = query.outerjoin(Product, Product.id == Unit.product_id)
    return query.outerjoin(Person, Person.id == FollowUp.person_id)


def _conditions(wanted: Wanted, me: str, today: date) -> list[ColumnElement[bool]]:
    is_closed = wanted.state is State.CLOSED
    found: list[ColumnElement[bool]] = [FollowUp.closed_at.is_not(None) if is_closed else FollowUp.closed_at.is_(None)]
    if wanted.state is not None and not is_closed:
        found.append(FollowUp.state == wanted.state)
    if wanted.team is not None:
        found.append(FollowUp.team == wanted.team)
    if wanted.owner != ANYBODY:
        found.append(FollowUp.owner == {ME: me, NOBODY: ""}.get(wanted.owner, wanted.owner))
    if wanted.due is not None:
        found.append(_DUE[wanted.due](today))
    if wanted.cause is not None:
        found.append(FollowUp.cause == wanted.cause)
    if wanted.product:
        found.append(Product.model == wanted.product)
    if wanted.country:
        found.append(Account.country == wanted.country)
    return found


_DUE: dict[Due, Callable[[date], ColumnElement[bool]]] = {
    Due.LATE: lambda today: FollowUp.due_on < today,
    Due.TODAY: lambda today: FollowUp.due_on <= today,
    Due.WEEK: lambda today: FollowUp.due_on <= today + timedelta(days=7),
}


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    name = func.coalesce(func.nullif(Account.name, ""), Account.number)
    return {
        Sort.DUE: (FollowUp.due_on.asc(), FollowUp.id.asc()),
        Sort.NEWEST: (FollowUp.id.desc(),),
        Sort.ACCOUNT: (name.asc(), FollowUp.id.asc()),
    }[sort]


def _after(sort: Sort, cursor: str) -> ColumnElement[bool] | None:
    first, _, number = cursor.rpartition("~")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    id_ = int(number)
    if sort is Sort.NEWEST:
        return FollowUp.id < id_
    if sort is Sort.ACCOUNT:
        name = func.coalesce(func.nullif(Account.name, ""), Account.number)
        return or_(name > first, and_(name == first, FollowUp.id > id_))
    try:
        due_on = date.fromisoformat(first)
    except ValueError:
        return None
    return tuple_(FollowUp.due_on, FollowUp.id) > tuple_(due_on, id_)


def _line(row: Any) -> Line:  # noqa: ANN401 - the columns of _lines, in their order
    work, number, name, country, model, serial, person = row
    return Line(
        id=work.id,
        account_number=number,
        account=name,
        country=country,
        model=model or "",
        serial=serial or "",
        person=person.name if person else "",
        cause=Cause(work.cause),
        what=work.what,
        team=Team(work.team),
        due_on=work.due_on,
        owner=work.owner,
        state=State(work.state),
        outcome=Outcome(work.outcome) if work.outcome else None,
        opened_at=work.opened_at,
    )
