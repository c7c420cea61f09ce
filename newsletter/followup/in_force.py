"""Which rules open work now: those built in, and what staff wrote in their place or beside them."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.followup.built_in import BUILT_IN
from newsletter.followup.causes import Cause
from newsletter.followup.rule_version import RuleVersion
from newsletter.followup.rules import Rule, Team


def rules_in_force(session: Session) -> tuple[Rule, ...]:
    """Every rule that holds, by its key: of one key staff's version instead of ours."""
    written = select(RuleVersion).where(RuleVersion.on_since.is_not(None), RuleVersion.off_since.is_(None))
    written = written.order_by(RuleVersion.on_since, RuleVersion.id)
    rules = {rule.key: rule for rule in BUILT_IN} | {row.key: as_rule(row) for row in session.scalars(written)}
    return tuple(rules[key] for key in sorted(rules))


def as_rule(row: RuleVersion) -> Rule:
    """What a version says."""
    return Rule(
        key=row.key,
        causes=frozenset(map(Cause, json.loads(row.causes))),
        products=frozenset(json.loads(row.products)),
        agreement=row.agreement,
        tiers=frozenset(json.loads(row.tiers)),
        team=Team(row.team),
        what=row.what,
        due_in_days=row.due_in_days,
        because=row.because,
        version=row.version,
    )
