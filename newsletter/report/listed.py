"""One account in a list of work: who it is, what stands there, whom we could ask."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.checkin.choose import Choice
from newsletter.checkin.rule import Rule
from newsletter.checkin.silent import whom_to_ask
from newsletter.report.weighed import Standing, weighed
from newsletter.report.wording import OBSTACLES

NAMED = 3
"""So many machines are named in a list; of the others there is the number."""

_NOBODY = Choice(None, "", ())


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account with its verdict as of now. `agreement_until` is the end of the longest agreement, past or to come."""

    account_id: int
    number: str
    name: str
    country: str
    owner: str
    tier: str
    machines: tuple[str, ...]
    agreement_until: date | None
    standing: Standing
    choice: Choice

    @property
    def nobody_because(self) -> str:
        """Why nobody there can be asked; empty where somebody can."""
        if self.choice.chosen:
            return ""
        if not self.choice.others:
            return "nobody stands there on record"
        reasons = Counter(OBSTACLES[person.obstacle] for person in self.choice.others if person.obstacle)
        return "; ".join(f"{count} people: {words}" if count > 1 else words for words, count in reasons.most_common())


def listed(session: Session, accounts: Sequence[Account], rule: Rule, now: datetime) -> list[ListedAccount]:
    """These accounts in full, in their order."""
    ids = [account.id for account in accounts]
    stands, whom = weighed(session, ids, now), whom_to_ask(session, ids, rule, now)
    machines, ends = _machines(session, ids), _ends(session, ids)
    return [
        ListedAccount(
            account_id=account.id,
            number=account.number,
            name=account.name,
            country=account.country,
            owner=account.owner,
            tier=account.tier,
            machines=machines.get(account.id, ()),
            agreement_until=ends.get(account.id),
            standing=stands[account.id],
            choice=whom.get(account.id, _NOBODY),
        )
        for account in accounts
    ]


def _machines(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    query = (
        select(Unit.account_id, Product.model, Unit.serial)
        .join(Product, Product.id == Unit.product_id)
        .where(Unit.account_id.in_(ids))
        .order_by(Unit.account_id, Product.model, Unit.serial)
    )
    found = defaultdict[int, list[str]](list)
    for account_id, model, serial in session.execute(query):
        found[account_id].append(f"{model} {serial}")
    return {account_id: tuple(names) for account_id, names in found.items()}


def _ends(session: Session, ids: Sequence[int]) -> Mapping[int, date]:
    query = (
        select(Unit.account_id, func.max(Agreement.until))
        .join(Agreement, Agreement.unit_id == Unit.id)
        .where(Unit.account_id.in_(ids))
        .group_by(Unit.account_id)
    )
    return dict(session.execute(query).all())
