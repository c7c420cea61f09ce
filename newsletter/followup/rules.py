"""Which evidence opens which work: a table of rules, of which the most exact one that fits decides. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from newsletter.followup.causes import Cause

LONGEST_DUE = 365
"""Days. Later work is no work yet."""


class Team(StrEnum):
    """Whose inbox work lands in. `NOBODY` opens none: a rule that says so is a decision, and is shown as one."""

    SERVICE = "service"
    SALES = "sales"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where one of the `causes` is heard, and the rest fits, `team` shall do `what` within `due_in_days`.

    Empty `products` (models) and `tiers` fit all; `agreement` None fits with and without one that runs. `version` is 0
    for a rule that is built in, else that of staff's. `because` says why the rule is as it is.
    """

    key: str
    causes: frozenset[Cause]
    products: frozenset[str] = frozenset()
    agreement: bool | None = None
    tiers: frozenset[str] = frozenset()
    team: Team
    what: str
    due_in_days: int
    because: str = ""
    version: int = 0

    @property
    def exactness(self) -> tuple[int, bool, str]:
        """How narrow it is: conditions beside the cause; of two alike staff's, and then the one that comes first."""
        return sum((bool(self.products), self.agreement is not None, bool(self.tiers))), self.version > 0, self.key


@dataclass(frozen=True, slots=True)
class Situation:
    """What was heard, and of whom. `models` are all of the account's where no machine was named."""

    cause: Cause
    models: frozenset[str]
    has_agreement: bool
    tier: str


def fits(rule: Rule, situation: Situation) -> bool:
    """Whether a rule speaks of a situation."""
    return (
        situation.cause in rule.causes
        and (not rule.products or not rule.products.isdisjoint(situation.models))
        and rule.agreement in (None, situation.has_agreement)
        and (not rule.tiers or situation.tier in rule.tiers)
    )


def decide(rules: Iterable[Rule], situation: Situation) -> Rule | None:
    """The rule that decides; None where none fits."""
    return max((rule for rule in rules if fits(rule, situation)), key=lambda rule: rule.exactness, default=None)


def due_on(today: date, days: int) -> date:
    """The day so many days later, the Monday after where that is a weekend."""
    day = today + timedelta(days=days)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
