"""When a run will be over, by the limits in force and by how fast it goes of late."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.person import Affiliation, Person
from newsletter.domain import domain_of
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.states import OPEN
from newsletter.pace.admission import Errand
from newsletter.pace.eta import Eta, Left, eta
from newsletter.pace.limits import limits_in_force
from newsletter.pace.throughput import recent_rate
from newsletter.pace.zones import zones_of
from newsletter.report.runs import domain_of_copy


def ahead(session: Session, errand: Errand, now: datetime) -> Eta | None:
    """When the last copy of a run goes, and what governs that; None where the run is not being sent."""
    run = session.get(Run, errand.run_id)
    if run is None or run.state != RunState.SENDING:
        return None
    limits = limits_in_force(session)
    left = _by_zone(session, errand) if limits.has_hours else _by_domain(session, errand.run_id)
    return eta(left, limits, errand, now, measured=recent_rate(session, errand.run_id, now))


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
