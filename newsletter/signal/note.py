"""Noting an observation: the evidence and the verdict it changes are written in the caller's transaction."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.errors import BadAnswer, BadTime, NotFound
from newsletter.followup.opening import Heard, listens_to, open_work
from newsletter.signal.evidence import Evidence
from newsletter.signal.in_force import rules_in_force
from newsletter.signal.kinds import KINDS, Kind
from newsletter.signal.rules import State, Weighed
from newsletter.signal.weigh_many import add_up, not_taken_back, weigh_many

_log = logging.getLogger(__name__)


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
    author: str = ""
    note: str = ""


AHEAD = timedelta(days=1)
"""So far ahead of ours may a clock be, or a zone; what is later was not observed."""


def note(session: Session, observation: Observation, now: datetime) -> Evidence:
    """The evidence row, new or already there; unit and account are weighed anew. Does not commit.

    Raises BadAnswer for an unknown kind, BadTime for a time without zone or more than a day ahead, NotFound for a unit
    that is not the account's.

    Nobody else notes anything about the account before the transaction ends: the same key noted twice at once would be
    two rows, and two different words would each be weighed without the other.
    """
    session.execute(select(Account.id).where(Account.id == observation.account_id).with_for_update(key_share=True))
    known = _by_key(session, observation.key)
    if known is not None:
        return known
    _refuse_nonsense(session, observation, now)
    evidence = _row(session, observation, now)
    session.add(evidence)
    session.flush()
    weigh_anew(session, observation.account_id, now)
    open_work_for(session, evidence, now)
    return evidence


def open_work_for(session: Session, evidence: Evidence, now: datetime) -> None:
    """Open the work that a piece of evidence asks for. Does not commit.

    The evidence stands whatever happens here: a failure is logged and taken back alone.
    """
    cause = listens_to(evidence.kind, evidence.says, evidence.detail, evidence.source)
    if cause is None and evidence.supersedes_id is None:
        return
    heard = Heard(
        evidence_id=evidence.id,
        supersedes_id=evidence.supersedes_id,
        account_id=evidence.account_id,
        unit_id=evidence.unit_id,
        person_id=evidence.person_id,
        cause=cause,
    )
    try:
        with session.begin_nested():
            open_work(session, heard, now)
    except Exception:  # noqa: BLE001 - whatever else is broken, what was heard is kept
        _log.exception("Evidence %d stands, but the work for it could not be opened.", evidence.id)


STAFF = "staff"
"""The source of what a colleague knows better."""


@dataclass(frozen=True, slots=True)
class Better:
    """What a colleague knows better of a machine, or of the account at large where `unit_id` is None, and why."""

    unit_id: int | None
    says: State
    why: str


def override(
    session: Session, account_id: int, better: Better, *, author: str, now: datetime, supersedes: str | None = None
) -> Evidence:
    """Evidence like any other, with name and reason; `supersedes` is the key of one it takes back. Does not commit.

    Raises BadAnswer where nobody puts a name to it or gives no reason.
    """
    if not author.strip() or not better.why.strip():
        raise BadAnswer("Who says so, and why?", hint="An override takes a name and a reason.")
    return note(
        session,
        Observation(
            key=f"staff:{account_id}.{better.unit_id or 0}:{author}:{now.isoformat()}",
            account_id=account_id,
            unit_id=better.unit_id,
            person_id=None,
            kind=Kind.STAFF_NOTE,
            says=better.says,
            detail="",
            observed_at=now,
            source=STAFF,
            author=author.strip(),
            note=better.why.strip(),
            supersedes=supersedes,
        ),
        now,
    )


def weigh_anew(session: Session, account_id: int, now: datetime) -> None:
    """Write down what an account's evidence adds up to at `now`. Does not commit."""
    weigh_many(session, [account_id], now)


def verdicts_of(session: Session, account_id: int, now: datetime) -> tuple[dict[int, Weighed], Weighed]:
    """The verdict on each unit of an account by unit id, and on the account, as of `now`."""
    query = select(Unit.id, Unit.installed_on).where(Unit.account_id == account_id).order_by(Unit.id)
    machines = [(id_, day) for id_, day in session.execute(query)]
    return add_up(machines, standing_evidence(session, account_id), now, rules_in_force(session))


def standing_evidence(session: Session, account_id: int) -> list[Evidence]:
    """What was observed about an account and its units and not taken back since, oldest first."""
    rows = session.scalars(
        select(Evidence).where(Evidence.account_id == account_id).order_by(Evidence.observed_at, Evidence.id)
    ).all()
    return not_taken_back(rows)


def _refuse_nonsense(session: Session, seen: Observation, now: datetime) -> None:
    if seen.kind not in KINDS:
        raise BadAnswer(f"There is no kind of evidence {str(seen.kind)[:40]!r}.")
    if seen.observed_at.tzinfo is None or seen.observed_at > now + AHEAD:
        raise BadTime(
            f"It was observed at {seen.observed_at.isoformat()}, which is no time in the past.",
            hint="Give the time with its offset.",
        )
    if seen.unit_id is not None:
        unit = session.get(Unit, seen.unit_id)
        if unit is None or unit.account_id != seen.account_id:
            raise NotFound("There is no such machine at this account.")


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
        author=seen.author,
        note=seen.note,
    )
