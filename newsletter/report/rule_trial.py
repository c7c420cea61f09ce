"""Trying a rule on what was heard in the last months: how much work it would have opened, and how much of it is new."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.preferences import Preference
from newsletter.checkin.rule import months_before
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp
from newsletter.followup.in_force import rules_in_force
from newsletter.followup.opening import listens_to
from newsletter.followup.outcomes import CONTACTED
from newsletter.followup.rules import Rule, Situation, Team, decide, fits
from newsletter.signal.evidence import Evidence

LOOKED_BACK = 12
"""Months."""
MOST = 5_000
"""So many pieces of evidence are looked at, the newest first: a page must not read millions."""
NAMED = 20
_UNTRIED = frozenset({Cause.AGREEMENT_ENDING, Cause.LAST_BOUNCE})
_DETAILS = {Cause.NOT_USED: "gone", Cause.WRONG_PERSON: "left_firm"}  # what means a cause under another name


@dataclass(frozen=True, slots=True)
class Example:
    """Work that the rule would have opened."""

    at: datetime
    account_number: str
    account: str
    cause: Cause
    serial: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have opened since `since`.

    `opened` counts machines and accounts once each. Of these `already` were opened then by other rules or this one, and
    `contacted` of those ended with somebody spoken to; `new` would come on top. `left_alone` were not opened because
    somebody asked not to be contacted; `left_to_others` fit the rule, and a more exact one decides. `is_cut` where more
    was heard than was looked at. `has_untried` where the rule listens to what no piece of evidence tells by itself.
    Agreements, tiers and wishes are those of today.
    """

    since: datetime
    heard: int
    opened: int
    already: int
    contacted: int
    left_alone: int
    left_to_others: int
    examples: Sequence[Example]
    is_cut: bool
    has_untried: bool

    @property
    def new(self) -> int:
        """How much nobody was asked to do then."""
        return self.opened - self.already


def try_rule(session: Session, rule: Rule, now: datetime) -> Trial:
    """Try a rule beside those in force, in place of the one with its key. Nothing is changed."""
    since = months_before(now, LOOKED_BACK)
    rows = _heard(session, rule, since)
    situations = _situations(session, rows, now)
    rules = [other for other in rules_in_force(session) if other.key != rule.key] + [rule]
    alone = _left_alone(session, rows)
    would: dict[tuple[int, int], Evidence] = {}
    left_alone = left_to_others = 0
    for row in rows:
        situation = situations[row.id]
        if not fits(rule, situation):
            continue
        if decide(rules, situation) != rule:
            left_to_others += 1
        elif row.person_id in alone:
            left_alone += 1
        elif rule.team is not Team.NOBODY:
            would.setdefault((row.account_id, row.unit_id or 0), row)
    already, contacted = _already(session, would, since)
    return Trial(
        since,
        len(rows),
        len(would),
        already,
        contacted,
        left_alone,
        left_to_others,
        _examples(session, list(would.values())[:NAMED]),
        is_cut=len(rows) == MOST,
        has_untried=not rule.causes.isdisjoint(_UNTRIED),
    )


def _heard(session: Session, rule: Rule, since: datetime) -> Sequence[Evidence]:
    details = [*map(str, rule.causes), *(detail for cause, detail in _DETAILS.items() if cause in rule.causes)]
    query = select(Evidence).where(Evidence.observed_at >= since, Evidence.detail.in_(details))
    rows = session.scalars(query.order_by(Evidence.observed_at.desc(), Evidence.id.desc()).limit(MOST))
    return [row for row in rows if listens_to(row.kind, row.says, row.detail, row.source) in rule.causes]


def _situations(session: Session, rows: Sequence[Evidence], now: datetime) -> Mapping[int, Situation]:
    accounts = sorted({row.account_id for row in rows})
    tiers: dict[int, str] = {}
    machines: dict[int, list[tuple[int, str, bool]]] = {id_: [] for id_ in accounts}
    for some in _chunks(accounts):
        tiers |= dict(session.execute(select(Account.id, Account.tier).where(Account.id.in_(some))).all())
        runs = func.coalesce(func.max(Agreement.until) >= now.date(), False)
        query = select(Unit.account_id, Unit.id, Product.model, runs).join(Product, Product.id == Unit.product_id)
        query = query.outerjoin(Agreement, Agreement.unit_id == Unit.id).where(Unit.account_id.in_(some))
        for account_id, unit_id, model, is_running in session.execute(query.group_by(Unit.id, Product.model)):
            machines[account_id].append((unit_id, model, bool(is_running)))
    return {row.id: _situation(row, machines[row.account_id], tiers.get(row.account_id, "")) for row in rows}


def _situation(row: Evidence, machines: Collection[tuple[int, str, bool]], tier: str) -> Situation:
    meant = [one for one in machines if row.unit_id in (None, one[0])]
    return Situation(_cause(row), frozenset(model for _, model, _ in meant), any(runs for *_, runs in meant), tier)


def _left_alone(session: Session, rows: Sequence[Evidence]) -> set[int | None]:
    people = sorted({row.person_id for row in rows if row.person_id})
    found: set[int | None] = set()
    for some in _chunks(people):
        wish = select(Preference.person_id).where(Preference.no_contact_since.is_not(None))
        found |= set(session.scalars(wish.where(Preference.person_id.in_(some))))
    return found


def _already(session: Session, would: Mapping[tuple[int, int], Evidence], since: datetime) -> tuple[int, int]:
    opened: dict[tuple[int, int], bool] = {}
    for some in _chunks(sorted({account_id for account_id, _ in would})):
        query = select(FollowUp.account_id, FollowUp.unit_id, FollowUp.outcome, FollowUp.cause)
        query = query.where(FollowUp.account_id.in_(some), FollowUp.opened_at >= since)
        causes = {_cause(row) for row in would.values()}
        for account_id, unit_id, outcome, cause in session.execute(query):
            if cause in causes:
                place = account_id, unit_id or 0
                opened[place] = opened.get(place, False) or outcome in CONTACTED
    there = [opened[place] for place in would if place in opened]
    return len(there), sum(there)


def _cause(row: Evidence) -> Cause:
    cause = listens_to(row.kind, row.says, row.detail, row.source)
    assert cause is not None  # noqa: S101 - for mypy: others were left out
    return cause


def _examples(session: Session, rows: Sequence[Evidence]) -> Sequence[Example]:
    ids, units = [row.account_id for row in rows], [row.unit_id for row in rows if row.unit_id]
    accounts = {account.id: account for account in session.scalars(select(Account).where(Account.id.in_(ids)))}
    serials = dict(session.execute(select(Unit.id, Unit.serial).where(Unit.id.in_(units))).all())
    return [
        Example(
            row.observed_at,
            accounts[row.account_id].number,
            accounts[row.account_id].name or accounts[row.account_id].number,
            _cause(row),
            serials.get(row.unit_id or 0, ""),
        )
        for row in rows
    ]


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), 1_000):
        yield ids[at : at + 1_000]
