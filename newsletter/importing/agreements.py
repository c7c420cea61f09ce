"""An agreement's end, read from a file, is evidence: nobody pays for the care of a dead machine."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.agreement import Agreement
from newsletter.account.unit import Unit
from newsletter.importing.bulk import insert_all
from newsletter.importing.dates import EARLIEST
from newsletter.ledger.concerned import hold_accounts
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.replay import installed_at
from newsletter.signal.rules import State
from newsletter.signal.weigh_many import weigh_many

TERM = timedelta(days=365)
"""Agreements are usually made for a year, so that long before its end somebody last decided to pay for one."""

_AT_ONCE = 1_000  # a database takes only so many parameters


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement new to us, on a machine at an account."""

    account_id: int
    unit_id: int
    until: date
    installed_on: date | None


def note_agreements(
    session: Session, agreed: Sequence[Agreed], further: Collection[int], source: str, now: datetime
) -> None:
    """Write down what agreements are evidence of, and weigh their accounts and `further` ones. Does not commit."""
    concerned = sorted({one.account_id for one in agreed} | set(further))
    for start in range(0, len(concerned), _AT_ONCE):
        hold_accounts(session, concerned[start : start + _AT_ONCE])
    insert_all(session, Evidence, [_evidence(one, source, now) for one in agreed])
    weigh_many(session, concerned, now)


def note_missing(session: Session, account_ids: Collection[int], now: datetime) -> int:
    """Write down the agreements of these accounts that are no evidence so far, as if they had been when they were read.

    How many there were; again there are none. The caller holds the accounts and weighs them. Does not commit.
    """
    query = (
        select(Agreement, Unit.account_id, Unit.installed_on)
        .join(Unit, Unit.id == Agreement.unit_id)
        .where(Unit.account_id.in_(account_ids))
    )
    told = {}
    for row, account_id, installed_on in session.execute(query):
        agreed = Agreed(account_id, row.unit_id, row.until, installed_on)
        told[_key(agreed)] = {
            **_evidence(agreed, row.source, now),
            "observed_at": observed_at(agreed, min(row.recorded_at, now)),
        }
    keys = list(told)
    for start in range(0, len(keys), _AT_ONCE):
        known = select(Evidence.key).where(Evidence.key.in_(keys[start : start + _AT_ONCE]))
        for key in session.scalars(known):
            del told[key]
    insert_all(session, Evidence, list(told.values()))
    return len(told)


def _key(agreed: Agreed) -> str:
    return f"agreement:{agreed.unit_id}:{agreed.until.isoformat()}"


def _evidence(agreed: Agreed, source: str, now: datetime) -> dict[str, Any]:
    return {
        "key": _key(agreed),
        "account_id": agreed.account_id,
        "unit_id": agreed.unit_id,
        "kind": Kind.AGREEMENT.value,
        "says": State.IN_USE.value,
        "detail": f"until {agreed.until.isoformat()}",
        "observed_at": observed_at(agreed, now),
        "recorded_at": now,
        "source": source,
    }


def observed_at(agreed: Agreed, now: datetime) -> datetime:
    """When the machine was last worth an agreement, as far as its end tells: never before it was put up, or to come."""
    ended = installed_at(max(agreed.until, EARLIEST)) or now
    return min(max(ended - TERM, installed_at(agreed.installed_on) or ended - TERM), now)
