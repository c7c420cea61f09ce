"""What the evidence of many accounts adds up to, written down at once: a file of facts weighs each account once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.signal.account import weigh_account
from newsletter.signal.evidence import Evidence
from newsletter.signal.in_force import rules_in_force
from newsletter.signal.kinds import KINDS, Kind
from newsletter.signal.replay import installed_at, spoken_of
from newsletter.signal.rules import Rules, State, Weighed, meaning, weigh
from newsletter.signal.verdict import Verdict

_AT_ONCE = 400  # accounts a query: a database takes only so many parameters

Machines = Sequence[tuple[int, date | None]]
"""Unit ids in order, each with the day it was put up."""


def weigh_many(session: Session, account_ids: Collection[int], now: datetime) -> None:
    """Write down what the evidence of these accounts adds up to at `now`. Does not commit; the caller holds them.

    An account that somebody weighed meanwhile is weighed as of then: whoever began earlier and comes later, as a long
    import does, would take back what was said in between.
    """
    rules, wanted = rules_in_force(session), sorted(account_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        ids = wanted[start : start + _AT_ONCE]
        rows, machines, weighed = _evidence(session, ids), _machines(session, ids), _weighed(session, ids)
        verdicts = [
            row
            for id_ in ids
            for row in _verdicts(id_, machines[id_], rows[id_], max(now, weighed.get(id_, now)), rules)
        ]
        session.execute(_put(session), verdicts)


def add_up(
    machines: Machines, rows: Iterable[Evidence], now: datetime, rules: Rules
) -> tuple[dict[int, Weighed], Weighed]:
    """The verdict on each machine of one account by unit id, and on the account.

    What was said without naming a machine is said of each a little, the less the more machines there are.
    """
    told = spoken_of(list(rows), len(machines))
    units = {id_: weigh([*told[id_], *told[0]], now, rules, installed=installed_at(day)) for id_, day in machines}
    unnamed = [replace(e, among=1) for e in told[0]]
    return units, weigh_account(list(units.values()), unnamed, now, rules)


def last_signs(rows: Iterable[Evidence]) -> dict[int, Evidence]:
    """The newest row that tells something, of rows oldest first: by unit id, and of all of them under 0."""
    telling = [row for row in rows if meaning(KINDS[Kind(row.kind)], State(row.says) if row.says else None)]
    newest = {row.unit_id: row for row in telling if row.unit_id is not None}
    return newest | {0: telling[-1]} if telling else newest


def not_taken_back(rows: Sequence[Evidence]) -> list[Evidence]:
    """Those of an account's rows that none of the others supersedes."""
    taken_back = {row.supersedes_id for row in rows}
    return [row for row in rows if row.id not in taken_back]


def _evidence(session: Session, ids: Sequence[int]) -> defaultdict[int, list[Evidence]]:
    """What stands of each account, oldest first."""
    found = defaultdict[int, list[Evidence]](list)
    query = select(Evidence).where(Evidence.account_id.in_(ids)).order_by(Evidence.observed_at, Evidence.id)
    for row in session.scalars(query):
        found[row.account_id].append(row)
    for id_, rows in found.items():
        found[id_] = not_taken_back(rows)
    return found


def _weighed(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When each account was weighed last."""
    query = select(Verdict.account_id, Verdict.weighed_at).where(Verdict.account_id.in_(ids), Verdict.unit_id == 0)
    return {account_id: at for account_id, at in session.execute(query)}  # noqa: C416 - dict() cannot tell a row from a pair


def _machines(session: Session, ids: Sequence[int]) -> defaultdict[int, list[tuple[int, date | None]]]:
    found = defaultdict[int, list[tuple[int, date | None]]](list)
    query = select(Unit.account_id, Unit.id, Unit.installed_on).where(Unit.account_id.in_(ids)).order_by(Unit.id)
    for account_id, unit_id, day in session.execute(query):
        found[account_id].append((unit_id, day))
    return found


def _verdicts(
    account_id: int, machines: Machines, rows: Sequence[Evidence], now: datetime, rules: Rules
) -> list[dict[str, Any]]:
    units, account = add_up(machines, rows, now, rules)
    signs = last_signs(rows)
    return [
        {
            "account_id": account_id,
            "unit_id": unit_id,
            "state": weighed.state,
            "p_used": weighed.p_used,
            "weighed_at": now,
            "last_sign_at": sign.observed_at if (sign := signs.get(unit_id)) else None,
            "last_kind": sign.kind if sign else "",
        }
        for unit_id, weighed in [*units.items(), (0, account)]
    ]


def _put(session: Session) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    put = insert(cast("Table", Verdict.__table__))  # past the ORM, which takes twice the time of the weighing itself
    changed = {name: put.excluded[name] for name in ("state", "p_used", "weighed_at", "last_sign_at", "last_kind")}
    return put.on_conflict_do_update(index_elements=["account_id", "unit_id"], set_=changed)
