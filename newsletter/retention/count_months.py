"""Counting the installed base by verdict at the end of each month, from the evidence there was by then."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.retention.months import end_of, months_later, with_year_before
from newsletter.retention.reckoning import Figures, settle
from newsletter.retention.verdict_month import Side, VerdictMonth
from newsletter.signal.evidence import Evidence
from newsletter.signal.in_force import rules_in_force
from newsletter.signal.part import next_accounts
from newsletter.signal.replay import installed_at, spoken_of, standing
from newsletter.signal.rules import Rules, State, weigh

_AT_ONCE = 500  # accounts a transaction
_ROWS_AT_ONCE = 1_000

_Cell = tuple[date, Side, str, str, State]


@dataclass(frozen=True, slots=True)
class _Machine:
    """A machine and by what it is counted, with its place in the account's evidence."""

    unit_id: int
    account_id: int
    installed_on: date | None
    sides: Mapping[Side, str]


def count_months(db: Database, months: Collection[date], now: datetime) -> int:
    """Count these months anew and keep them; how many machines there are. Other months stay as they are.

    Every machine is weighed by the rules in force now, once a month and once a year before it.
    """
    counted, machines = Counter[_Cell](), 0
    with db.read() as session:
        rules = rules_in_force(session)
    after = 0
    while True:
        with db.read() as session:
            ids = next_accounts(session, after, _AT_ONCE)
            if not ids:
                break
            for machine, states in _lives(session, ids, with_year_before(months), rules):
                machines += 1
                counted.update(_cells(machine, states, months))
        after = ids[-1]
    _keep(db, months, counted, now)
    return machines


def _lives(
    session: Session, account_ids: Sequence[int], months: Sequence[date], rules: Rules
) -> Iterator[tuple[_Machine, Mapping[date, State]]]:
    """Each machine with its verdict at the end of each month in which it stood."""
    told = defaultdict[int, list[Evidence]](list)
    for row in session.scalars(select(Evidence).where(Evidence.account_id.in_(account_ids))):
        told[row.account_id].append(row)
    here = defaultdict[int, list[_Machine]](list)
    for machine in _machines(session, account_ids):
        here[machine.account_id].append(machine)
    for account_id, machines in here.items():
        lives: dict[int, dict[date, State]] = {machine.unit_id: {} for machine in machines}
        for month in months:
            for unit_id, state in _verdicts(machines, told[account_id], end_of(month), rules):
                lives[unit_id][month] = state
        for machine in machines:
            yield machine, lives[machine.unit_id]


def _verdicts(
    machines: Sequence[_Machine], rows: Sequence[Evidence], at: datetime, rules: Rules
) -> Iterator[tuple[int, State]]:
    spoken = spoken_of(standing(rows, at), len(machines))
    for machine in machines:
        if machine.installed_on and machine.installed_on > at.date():
            continue
        said = [*spoken[machine.unit_id], *spoken[0]]
        # Of most machines nothing was heard, and then there is nothing to weigh.
        state = weigh(said, at, rules, installed=installed_at(machine.installed_on)).state if said else State.UNKNOWN
        yield machine.unit_id, state


def _machines(session: Session, account_ids: Sequence[int]) -> Iterator[_Machine]:
    query = (
        select(Unit.id, Unit.account_id, Unit.installed_on, Product.model, Account.country, Account.owner)
        .join(Product, Product.id == Unit.product_id)
        .join(Account, Account.id == Unit.account_id)
        .where(Unit.account_id.in_(account_ids))
    )
    for unit_id, account_id, installed_on, model, country, owner in session.execute(query):
        sides = {Side.ALL: "", Side.PRODUCT: model, Side.COUNTRY: country, Side.OWNER: owner}
        yield _Machine(unit_id, account_id, installed_on, sides)


def _cells(machine: _Machine, states: Mapping[date, State], months: Collection[date]) -> Iterator[_Cell]:
    for month in months:
        if month in states:
            before = states.get(months_later(month, -12), "")
            for side, value in machine.sides.items():
                yield month, side, value, before, states[month]


def _keep(db: Database, months: Collection[date], counted: Mapping[_Cell, int], now: datetime) -> None:
    names = ("month", "side", "value", "before", "state")
    rows = ({**dict(zip(names, cell, strict=True)), "machines": count} for cell, count in counted.items())
    with db.write() as session:
        session.execute(delete(VerdictMonth).where(VerdictMonth.month.in_(months)))
        while some := list(islice(rows, _ROWS_AT_ONCE)):  # an engine stays small
            session.execute(insert(VerdictMonth), some)
        settle(session, Figures.MONTHS, now)
