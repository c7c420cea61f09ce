"""The installed base by verdict over time, and what became of machines within a year: from the months as counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.question.rates import Tally
from newsletter.retention.reckoning import Figures, reckoned_at
from newsletter.retention.verdict_month import Side, VerdictMonth
from newsletter.signal.rules import USED, State

SHOWN = 24
"""Months on a page; a file holds all."""


@dataclass(frozen=True, slots=True)
class Month:
    """The machines at the end of a month by verdict."""

    month: date
    machines: Mapping[State, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.machines.values())


@dataclass(frozen=True, slots=True)
class Fates:
    """What the verdicts of a year before became, of machines that stood then."""

    pairs: Mapping[tuple[State, State], int] = field(default_factory=dict)

    @property
    def churn(self) -> Tally:
        """Of the machines that were in use or back-up, how many are not in use any more."""
        return self._became(USED, {State.NOT_IN_USE})

    @property
    def returned(self) -> Tally:
        """Of the machines that were not in use, how many are in use or back-up again."""
        return self._became({State.NOT_IN_USE}, USED)

    @property
    def lost_sight(self) -> Tally:
        """Of the machines that were in use or back-up, of how many we do not know any more."""
        return self._became(USED, {State.UNKNOWN})

    def _became(self, before: Iterable[State], after: Iterable[State]) -> Tally:
        was, now = set(before), set(after)
        asked = sum(count for (former, _), count in self.pairs.items() if former in was)
        return Tally(asked, sum(count for (f, s), count in self.pairs.items() if f in was and s in now))


@dataclass(frozen=True, slots=True)
class Base:
    """The installed base, oldest month first. `counted_at` is None before it was ever counted."""

    counted_at: datetime | None
    months: Sequence[Month]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the installed base at the end of the last month, with the same a year before."""

    value: str
    last: Month
    fates: Fates


def base_over_time(session: Session, side: Side = Side.ALL, value: str = "") -> Base:
    """All machines, or those of one model, country or owner, month by month."""
    query = (
        select(VerdictMonth.month, VerdictMonth.state, func.sum(VerdictMonth.machines))
        .where(VerdictMonth.side == side, VerdictMonth.value == value)
        .group_by(VerdictMonth.month, VerdictMonth.state)
        .order_by(VerdictMonth.month)
    )
    found = defaultdict[date, dict[State, int]](dict)
    for month, state, machines in session.execute(query):
        found[month][State(state)] = int(machines)
    months = [Month(month, machines) for month, machines in found.items()]
    return Base(reckoned_at(session, Figures.MONTHS), months)


def parts(session: Session, side: Side) -> list[Part]:
    """The base at the end of the last month by one side, the most machines first."""
    last = session.scalar(select(func.max(VerdictMonth.month)))
    query = select(VerdictMonth).where(VerdictMonth.side == side, VerdictMonth.month == last)
    machines, pairs = defaultdict[str, Counter[State]](Counter), defaultdict[str, Counter[tuple[State, State]]](Counter)
    for row in session.scalars(query):
        machines[row.value][State(row.state)] += row.machines
        if row.before:
            pairs[row.value][State(row.before), State(row.state)] += row.machines
    found = [Part(value, Month(last, count), Fates(pairs[value])) for value, count in machines.items() if last]
    return sorted(found, key=lambda part: (-part.last.total, part.value))


def fates_over_time(session: Session) -> list[tuple[date, Fates]]:
    """What became of all machines within the year up to each month, oldest first."""
    query = select(VerdictMonth).where(VerdictMonth.side == Side.ALL, VerdictMonth.before != "")
    pairs = defaultdict[date, dict[tuple[State, State], int]](dict)
    for row in session.scalars(query.order_by(VerdictMonth.month)):
        pairs[row.month][State(row.before), State(row.state)] = row.machines
    return [(month, Fates(found)) for month, found in pairs.items()]
