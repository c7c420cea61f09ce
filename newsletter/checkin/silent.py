"""Accounts we have not heard from for a long time, and who stands there: the questions to the database."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import MutedUnit
from newsletter.checkin.check_in import CheckIn
from newsletter.checkin.choose import Candidate, Choice, Obstacle, choose
from newsletter.checkin.obstacles import agreed_at, obstacle, spoke_at
from newsletter.checkin.rule import Rule
from newsletter.ledger.concerned import Machine
from newsletter.signal.rules import State
from newsletter.signal.verdict import Verdict

COUNTED = 1_000
"""More than so many are not counted for a page."""

MOST_MACHINES = 12
"""A letter asks about so many machines of an account at most, the longest installed first."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What staff narrow the list down to; empty and None is everything."""

    country: str = ""
    model: str = ""
    words: str = ""  # in the account's name or number
    askable: bool | None = None


@dataclass(frozen=True, slots=True)
class SilentAccount:
    """An account that gave no sign: its last one (None where there was none), its machines, and whom we would ask."""

    account_id: int
    number: str
    name: str
    country: str
    language: str
    last_sign_at: datetime | None
    machines: tuple[Machine, ...]
    choice: Choice


def silent_accounts(
    session: Session, rule: Rule, now: datetime, wanted: Filter, *, limit: int, after: str = ""
) -> list[SilentAccount]:
    """Silent accounts in the order of their numbers, at most `limit`, after a number."""
    rows = _silent(rule, now, wanted).where(Account.number > after).order_by(Account.number).limit(limit)
    return _in_full(session, session.execute(rows).all(), rule, now)


def silent_among(session: Session, account_ids: Collection[int], rule: Rule, now: datetime) -> list[SilentAccount]:
    """Which of these accounts are silent."""
    rows = _silent(rule, now, Filter()).where(Account.id.in_(account_ids)).order_by(Account.number)
    return _in_full(session, session.execute(rows).all(), rule, now)


def how_many(session: Session, rule: Rule, now: datetime, wanted: Filter) -> int:
    """How many silent accounts there are of that kind; COUNTED + 1 where there are more."""
    found = _silent(rule, now, wanted).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def _silent(rule: Rule, now: datetime, wanted: Filter) -> Select[int, str, str, str, str, datetime | None]:
    since, asked_since = rule.silent_since(now), rule.asked_since(now)
    at_large = aliased(Verdict)
    query = (
        select(Account.id, Account.number, Account.name, Account.country, Account.language, at_large.last_sign_at)
        .outerjoin(at_large, and_(at_large.account_id == Account.id, at_large.unit_id == 0))
        .where(or_(at_large.last_sign_at.is_(None), at_large.last_sign_at < since))
        .where(exists().where(Unit.account_id == Account.id, _may_stand()))
        # A machine that was put up since is a sign of its own.
        .where(~exists().where(Unit.account_id == Account.id, Unit.installed_on >= since.date()))
        .where(~exists().where(CheckIn.account_id == Account.id, CheckIn.asked_at > asked_since))
    )
    return query.where(*_narrowed(wanted, rule, now))


def _narrowed(wanted: Filter, rule: Rule, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.country:
        conditions.append(Account.country == wanted.country)
    if wanted.model:
        of_model = exists().where(Unit.account_id == Account.id, Unit.product_id == Product.id)
        conditions.append(of_model.where(Product.model == wanted.model))
    if wanted.words:
        likeness = [c.icontains(wanted.words, autoescape=True) for c in (Account.name, Account.number)]
        conditions.append(or_(*likeness))
    if wanted.askable is not None:
        somebody = select(Affiliation.person_id).join(Person, Person.id == Affiliation.person_id)
        free = somebody.where(Affiliation.account_id == Account.id, obstacle(rule, now).is_(None))
        # With EXISTS, PostgreSQL would look at everybody there is before it shows the first account.
        first = free.limit(1).correlate(Account).scalar_subquery()
        conditions.append(first.is_not(None) if wanted.askable else first.is_(None))
    return conditions


def _may_stand() -> ColumnElement[bool]:
    """Whether a machine was not said to be gone."""
    gone = exists().where(Verdict.account_id == Unit.account_id, Verdict.unit_id == Unit.id)
    return ~gone.where(Verdict.state == State.NOT_IN_USE)


def _in_full(
    session: Session, rows: Sequence[tuple[int, str, str, str, str, datetime | None]], rule: Rule, now: datetime
) -> list[SilentAccount]:
    ids = [row[0] for row in rows]
    choices = whom_to_ask(session, ids, rule, now)
    machines = _machines(session, ids, {id_: c.chosen.person_id for id_, c in choices.items() if c.chosen})
    nobody = Choice(None, "", ())
    return [SilentAccount(*row, machines.get(row[0], ()), choices.get(row[0], nobody)) for row in rows]


def whom_to_ask(session: Session, account_ids: Sequence[int], rule: Rule, now: datetime) -> Mapping[int, Choice]:
    """Whom we would ask about each account, and why that one; accounts where nobody stands are missing."""
    return {id_: choose(people) for id_, people in _candidates(session, account_ids, rule, now).items()}


def _candidates(
    session: Session, account_ids: Sequence[int], rule: Rule, now: datetime
) -> Mapping[int, list[Candidate]]:
    query = (
        select(
            Affiliation.account_id,
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.address,
            Affiliation.role,
            Person.language,
            obstacle(rule, now),
            spoke_at(),
            agreed_at(),
        )
        .join(Person, Person.id == Affiliation.person_id)
        .where(Affiliation.account_id.in_(account_ids))
        .order_by(Affiliation.account_id, Person.id)
    )
    found: dict[int, list[Candidate]] = defaultdict(list)
    for account_id, person_id, first, last, address, role, language, against, spoke, agreed in session.execute(query):
        name = f"{first} {last}".strip() or address
        reason = Obstacle(against) if against else None
        found[account_id].append(Candidate(person_id, name, address, role, language, reason, spoke, agreed))
    return found


def _machines(
    session: Session, account_ids: Sequence[int], chosen: Mapping[int, int]
) -> Mapping[int, tuple[Machine, ...]]:
    """The machines to ask about, without those the chosen person wants to hear nothing of."""
    query = (
        select(Unit.id, Unit.account_id, Product.model, Unit.serial)
        .join(Product, Product.id == Unit.product_id)
        .where(Unit.account_id.in_(account_ids), _may_stand())
        .order_by(Unit.account_id, Unit.installed_on.nulls_last(), Unit.id)
    )
    muted = select(MutedUnit.person_id, MutedUnit.unit_id).where(MutedUnit.person_id.in_(chosen.values()))
    left_out = {(person_id, unit_id) for person_id, unit_id in session.execute(muted)}
    found: dict[int, tuple[Machine, ...]] = defaultdict(tuple)
    for row in session.execute(query):
        machine = Machine(*row)
        if (chosen.get(machine.account_id), machine.unit_id) not in left_out:
            found[machine.account_id] = (*found[machine.account_id], machine)[:MOST_MACHINES]
    return found
