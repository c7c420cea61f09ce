"""The verdicts on many accounts as of now, in a fixed number of queries: what was written down may have faded since."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.signal.evidence import Evidence
from newsletter.signal.in_force import rules_in_force
from newsletter.signal.rules import Rules, State, Weighed
from newsletter.signal.weigh_many import add_up, last_signs, not_taken_back


@dataclass(frozen=True, slots=True)
class Sign:
    """The last sign of life: when, what it was, and what it said, None where the kind says it all."""

    at: datetime
    kind: str
    says: State | None


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as it stands now. `last` is None where we never heard anything of its machines."""

    verdict: Weighed
    last: Sign | None


def weighed(session: Session, account_ids: Sequence[int], now: datetime) -> Mapping[int, Standing]:
    """How each of these accounts stands."""
    rules = rules_in_force(session)
    machines = defaultdict[int, list[tuple[int, date | None]]](list)
    units = select(Unit.account_id, Unit.id, Unit.installed_on).where(Unit.account_id.in_(account_ids))
    for account_id, unit_id, installed_on in session.execute(units):
        machines[account_id].append((unit_id, installed_on))
    rows = defaultdict[int, list[Evidence]](list)
    told = select(Evidence).where(Evidence.account_id.in_(account_ids))
    for row in session.scalars(told.order_by(Evidence.observed_at, Evidence.id)):
        rows[row.account_id].append(row)
    return {id_: _standing(machines[id_], rows[id_], now, rules) for id_ in account_ids}


def _standing(
    machines: Sequence[tuple[int, date | None]], rows: Sequence[Evidence], now: datetime, rules: Rules
) -> Standing:
    valid = not_taken_back(rows)
    _, verdict = add_up(machines, valid, now, rules)
    last = last_signs(valid).get(0)
    if last is None:
        return Standing(verdict, None)
    return Standing(verdict, Sign(last.observed_at, last.kind, State(last.says) if last.says else None))
