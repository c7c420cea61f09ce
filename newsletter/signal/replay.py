"""The verdict on every machine as of any day, by any rules: to look back, and to see what new rules would change."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.signal.calibration import ANSWERS, Answered, answers
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.part import next_accounts
from newsletter.signal.rules import Observed, Rules, State, Weighed, weigh

_AT_ONCE = 500  # accounts a query


@dataclass(frozen=True, slots=True)
class Story:
    """One machine with all that was observed of it and not taken back by the day asked for."""

    account: str
    serial: str
    model: str
    installed: datetime | None
    evidence: list[Observed]

    @property
    def life(self) -> list[Observed]:
        """The evidence, and before it that the machine was put up."""
        if self.installed is None:
            return self.evidence
        return [Observed(0, Kind.INSTALLATION, State.IN_USE, "", self.installed), *self.evidence]


@dataclass(frozen=True, slots=True)
class Change:
    """One machine of which other rules would say something else, and how likely it is used by both.

    `account` is its number, `unit` the serial number.
    """

    account: str
    unit: str
    before: State
    p_before: float
    after: State
    p_after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What other rules would change, of so many machines."""

    machines: int
    changed: tuple[Change, ...]

    @property
    def moves(self) -> Counter[tuple[State, State]]:
        """How many machines would go from which verdict to which."""
        return Counter((change.before, change.after) for change in self.changed)


def stories(session: Session, at: datetime, kinds: Collection[Kind] = ()) -> Iterator[Story]:
    """Every machine, by account, with what was observed up to `at`; with `kinds`, of accounts that know one of them."""
    last, those = 0, list[ColumnElement[bool]]()
    if kinds:
        known = select(Evidence.id).where(Evidence.account_id == Account.id, Evidence.kind.in_(sorted(kinds)))
        those.append(known.exists())
    while ids := next_accounts(session, last, _AT_ONCE, *those):
        yield from _stories(session, ids, at)
        last = ids[-1]


def replay(session: Session, at: datetime, rules: Rules) -> Iterator[tuple[Story, Weighed]]:
    """Every machine with its verdict as of `at`."""
    for story in stories(session, at):
        yield story, weigh(story.evidence, at, rules, installed=story.installed)


def answered(session: Session, at: datetime, rules: Rules) -> Iterator[Answered]:
    """Every answer about a machine by name up to `at`, with what we would have said just before it."""
    for story in stories(session, at, ANSWERS):
        yield from answers(story.life, at, rules, model=story.model)


def compare(session: Session, at: datetime, before: Rules, after: Rules) -> Comparison:
    """What the rules `after` would make of every machine at `at`, beside `before`. Nothing is changed."""
    changed, machines = list[Change](), 0
    for story, old in replay(session, at, before):
        machines += 1
        new = weigh(story.evidence, at, after, installed=story.installed)
        if new.state != old.state:
            changed.append(Change(story.account, story.serial, old.state, old.p_used, new.state, new.p_used))
    return Comparison(machines, tuple(changed))


def installed_at(day: date | None) -> datetime | None:
    """The day a machine was put up as a time."""
    return datetime.combine(day, time.min, UTC) if day else None


def standing(rows: Sequence[Evidence], at: datetime) -> list[Evidence]:
    """What was observed by then and not taken back by then."""
    known = [row for row in rows if row.observed_at <= at]
    taken_back = {row.supersedes_id for row in known}
    return [row for row in known if row.id not in taken_back]


def observed(row: Evidence, among: int) -> Observed:
    """A row as the judgement needs it; `among` is how many machines it may be about."""
    says = State(row.says) if row.says else None
    return Observed(row.id, Kind(row.kind), says, row.detail, row.observed_at, among)


def spoken_of(rows: Sequence[Evidence], machines: int) -> defaultdict[int, list[Observed]]:
    """What was said of each machine by its id, and of none by name under 0."""
    told = defaultdict[int, list[Observed]](list)
    for row in rows:
        told[row.unit_id or 0].append(observed(row, 1 if row.unit_id else machines))
    return told


def _stories(session: Session, ids: Sequence[int], at: datetime) -> Iterator[Story]:
    units = session.execute(
        select(Unit, Account.number, Product.model)
        .join(Account, Account.id == Unit.account_id)
        .join(Product, Product.id == Unit.product_id)
        .where(Unit.account_id.in_(ids))
        .order_by(Unit.account_id, Unit.id)
    ).all()
    of_account = defaultdict[int, list[Evidence]](list)
    for row in session.scalars(select(Evidence).where(Evidence.account_id.in_(ids))):
        of_account[row.account_id].append(row)
    for account_id, group in groupby(units, key=lambda row: row[0].account_id):
        here = list(group)
        told = spoken_of(standing(of_account[account_id], at), len(here))
        for unit, number, model in here:
            installed = installed_at(unit.installed_on)
            yield Story(number, unit.serial, model, installed, told[unit.id] + told[0])
    session.expunge_all()
