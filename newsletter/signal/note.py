"""Noting an observation: the evidence and the verdict it changes are written in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import Observed, State, Weighed, weigh, weigh_account
from newsletter.signal.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One observation about a unit, or about an account where `unit_id` is None.

    `key` is the source's own name for it: noting the same key again changes nothing. `supersedes` is the key of the
    observation this one takes back (a changed answer).
    """

    key: str
    account_id: int
    unit_id: int | None
    person_id: int | None
    kind: Kind
    says: State | None
    detail: str
    observed_at: datetime
    source: str
    bulletin_number: str = ""
    delivery_id: int | None = None
    wording_version: int | None = None
    supersedes: str | None = None


def note(session: Session, observation: Observation, now: datetime) -> Evidence:
    """The evidence row, new or already there; unit and account are weighed anew. Does not commit.

    Nobody else notes anything about the account before the transaction ends: the same key noted twice at once would be
    two rows, and two different words would each be weighed without the other.
    """
    session.execute(select(Account.id).where(Account.id == observation.account_id).with_for_update(key_share=True))
    known = _by_key(session, observation.key)
    if known is not None:
        return known
    evidence = _row(session, observation, now)
    session.add(evidence)
    session.flush()
    weigh_anew(session, observation.account_id, now)
    return evidence


def weigh_anew(session: Session, account_id: int, now: datetime) -> None:
    """Write down what an account's evidence adds up to at `now`. Does not commit."""
    units, account = verdicts_of(session, account_id, now)
    for unit_id, weighed in [*units.items(), (0, account)]:
        session.merge(
            Verdict(account_id=account_id, unit_id=unit_id, state=weighed.state, p_used=weighed.p_used, weighed_at=now)
        )


def verdicts_of(session: Session, account_id: int, now: datetime) -> tuple[dict[int, Weighed], Weighed]:
    """The verdict on each unit of an account by unit id, and on the account, as of `now`."""
    spoken = standing_evidence(session, account_id)
    unit_ids = session.scalars(select(Unit.id).where(Unit.account_id == account_id).order_by(Unit.id)).all()
    units = {id_: weigh([_observed(e) for e in spoken if e.unit_id == id_], now) for id_ in unit_ids}
    return units, weigh_account(list(units.values()), [_observed(e) for e in spoken if e.unit_id is None], now)


def standing_evidence(session: Session, account_id: int) -> list[Evidence]:
    """What was observed about an account and its units and not taken back since, oldest first."""
    rows = session.scalars(
        select(Evidence).where(Evidence.account_id == account_id).order_by(Evidence.observed_at, Evidence.id)
    ).all()
    taken_back = {row.supersedes_id for row in rows}
    return [row for row in rows if row.id not in taken_back]


def _observed(row: Evidence) -> Observed:
    says = State(row.says) if row.says else None
    return Observed(row.id, Kind(row.kind), says, row.detail, row.observed_at)


def _by_key(session: Session, key: str) -> Evidence | None:
    return session.scalar(select(Evidence).where(Evidence.key == key))


def _row(session: Session, seen: Observation, now: datetime) -> Evidence:
    superseded = _by_key(session, seen.supersedes) if seen.supersedes else None
    return Evidence(
        key=seen.key,
        account_id=seen.account_id,
        unit_id=seen.unit_id,
        person_id=seen.person_id,
        kind=seen.kind,
        says=seen.says,
        detail=seen.detail,
        observed_at=seen.observed_at,
        recorded_at=now,
        source=seen.source,
        bulletin_number=seen.bulletin_number,
        delivery_id=seen.delivery_id,
        wording_version=seen.wording_version,
        supersedes_id=superseded.id if superseded else None,
    )
