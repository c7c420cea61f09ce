"""When a run will be over, by the limits in force and by how fast it goes of late."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.person import Affiliation, Person
from newsletter.domain import domain_of
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import OPEN
from newsletter.ledger.tally import counted
from newsletter.ledger.wave import Wave, WaveState
from newsletter.pace.admission import Errand
from newsletter.pace.eta import Eta, Left, eta
from newsletter.pace.limits import Limits, limits_in_force
from newsletter.pace.throughput import recent_rate
from newsletter.pace.zones import zones_of
from newsletter.report.runs import domain_of_copy


def ahead(session: Session, errand: Errand, now: datetime, *, left: Sequence[Left] | None = None) -> Eta | None:
    """When the last copy of a run goes, and what governs that; None where the run is not being sent.

    `left` is what was still to go by where it goes, if that was counted before: it need not be counted again then.
    """
    run = session.get(Run, errand.run_id)
    if run is None or run.state != RunState.SENDING:
        return None
    limits = limits_in_force(session)
    to_go = _all_alike(session, errand.run_id)
    if is_place_minded(limits):
        to_go = left_to_send(session, limits, errand) if left is None else _of_today(left, to_go)
    expected = eta(to_go, limits, errand, now, measured=recent_rate(session, errand.run_id, now))
    if run.is_theirs:
        return _behind_clocks(session, errand.run_id, expected, now)
    return _behind_waves(session, errand.run_id, expected, now)


def is_place_minded(limits: Limits) -> bool:
    """Whether it matters for the forecast where the copies go."""
    return limits.has_hours or bool(limits.domains) or bool(limits.pauses)


def left_to_send(session: Session, limits: Limits, errand: Errand) -> list[Left]:
    """The copies of a run still to go, by where they go; it reads each of them."""
    return _by_zone(session, errand) if limits.has_hours else _by_domain(session, errand.run_id)


def _behind_waves(session: Session, run_id: int, expected: Eta, now: datetime) -> Eta:
    """The same with the waits between the waves that are to come."""
    shut = select(Wave).where(Wave.run_id == run_id, Wave.state != WaveState.OPEN).order_by(Wave.number)
    waves = session.scalars(shut).all()
    if any(wave.state == WaveState.HELD for wave in waves):
        return Eta(None, "a wave that needs a decision")
    if not waves or expected.done_at is None:
        return expected
    first = waves[0].waits if waves[0].due_at is None else max(waves[0].due_at - now, timedelta(0))
    return Eta(expected.done_at + sum((wave.waits for wave in waves[1:]), first), "the wait between waves")


def _behind_clocks(session: Session, run_id: int, expected: Eta, now: datetime) -> Eta:
    """The same, not before it is time where the last readers are."""
    last = session.scalar(select(func.max(Batch.due_at)).where(Batch.run_id == run_id))
    if last is None or last <= (expected.done_at or now):
        return expected
    return Eta(last, "the clocks of the recipients")


def _all_alike(session: Session, run_id: int) -> list[Left]:
    copies = counted(session, [run_id])[run_id]
    return [Left("", sum(copies[state] for state in OPEN))]


def _of_today(left: Sequence[Left], to_go: Sequence[Left]) -> list[Left]:
    """What was counted a while ago, made as much less as the whole is."""
    then, today = sum(part.copies for part in left), sum(part.copies for part in to_go)
    return [replace(part, copies=ceil(part.copies * today / then)) for part in left] if then else list(to_go)


def _by_domain(session: Session, run_id: int) -> list[Left]:
    domain = domain_of_copy(session)
    query = select(domain, func.count()).where(Delivery.run_id == run_id, Delivery.state.in_(OPEN)).group_by(domain)
    return [Left(domain_of(name), copies) for name, copies in session.execute(query)]


def _by_zone(session: Session, errand: Errand) -> list[Left]:
    domain = domain_of_copy(session)
    first = select(Affiliation.person_id, func.min(Affiliation.account_id).label("account_id"))
    stands = first.group_by(Affiliation.person_id).subquery()
    where = (domain, Person.zone, func.coalesce(Account.zone, ""), func.coalesce(Account.country, ""))
    query = (
        select(*where, func.count())
        .select_from(Delivery)
        .join(Person, Person.id == Delivery.person_id)
        .outerjoin(stands, stands.c.person_id == Person.id)
        .outerjoin(Account, Account.id == stands.c.account_id)
        .where(Delivery.run_id == errand.run_id, Delivery.state.in_(OPEN))
        .group_by(*where)
    )
    return [
        Left(domain_of(name), copies, zones_of(own, theirs, country, errand.house_zone))
        for name, own, theirs, country, copies in session.execute(query)
    ]
