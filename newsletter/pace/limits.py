"""Everything that is set, as one frozen value that an engine keeps until something changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.pace.hours import Hours
from newsletter.pace.rate import Rate
from newsletter.pace.rule import (
    EVERY,
    ClosedDay,
    DomainPause,
    Kind,
    PaceRate,
    PaceRevision,
    RunHours,
    SendingHours,
    WarmUp,
)
from newsletter.pace.warming import Warming

PROBATION = timedelta(minutes=10)
"""After a pause that a refusal began has run out, the domain is tried with care for so long."""
_WITH_CARE = Rate(6, 60)
_REVISION = select(PaceRevision.number)


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing goes to a domain until `until`; None means until somebody resumes it."""

    until: datetime | None
    reason: str
    by_engine: bool

    def holds(self, now: datetime) -> bool:
        """Whether the domain is paused at `now`."""
        return self.until is None or now < self.until

    def is_on_probation(self, now: datetime) -> bool:
        """Whether a provider that blocked us has only just been given its next try."""
        return self.by_engine and self.until is not None and self.until <= now < self.until + PROBATION


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds sending back, by name of relay and domain and by id of run and account; domains, accounts: EVERY, too.

    `revision` is another one after each change.
    """

    revision: int = 0
    relays: Mapping[str, Rate] = field(default_factory=dict)
    domains: Mapping[str, Rate] = field(default_factory=dict)
    runs: Mapping[str, Rate] = field(default_factory=dict)
    accounts: Mapping[str, Rate] = field(default_factory=dict)
    warm_ups: Mapping[str, Warming] = field(default_factory=dict)
    pauses: Mapping[str, Pause] = field(default_factory=dict)
    hours: Hours | None = None
    run_hours: Mapping[int, Hours] = field(default_factory=dict)  # of runs with hours of their own, within those above

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all holds sending back."""
        rules = (
            self.relays,
            self.domains,
            self.runs,
            self.accounts,
            self.warm_ups,
            self.pauses,
            self.run_hours,
        )
        return self.hours is None and not any(rules)

    @property
    def has_hours(self) -> bool:
        """Whether it matters where a recipient is."""
        return self.hours is not None or bool(self.run_hours)

    def hours_of(self, run_id: int) -> Hours | None:
        """When a run may send."""
        return self.run_hours.get(run_id, self.hours)

    @property
    def counts_accounts(self) -> bool:
        """Whether it matters at which account a recipient stands."""
        return bool(self.accounts)

    def domain_rate(self, domain: str, now: datetime) -> Rate | None:
        """The rate of one domain: its own or that of every domain, and little on probation."""
        rate = self.domains.get(domain) or self.domains.get(EVERY)
        pause = self.pauses.get(domain)
        if pause is None or not pause.is_on_probation(now):
            return rate
        return min(rate or _WITH_CARE, _WITH_CARE, key=lambda each: each.per_second)

    def account_most(self, account_id: int | None) -> int | None:
        """How many copies an account may get in a day."""
        rate = (self.accounts.get(str(account_id)) or self.accounts.get(EVERY)) if account_id is not None else None
        return rate.count if rate else None


def limits_in_force(session: Session, known: Limits | None = None) -> Limits:
    """What is set. One small query where nothing was changed since `known`, which is then given back."""
    revision = session.connection().execute(_REVISION).scalar() or 0
    if known is not None and known.revision == revision:
        return known
    if not revision:
        return Limits()
    rates = {kind: _rates(session, kind) for kind in Kind}
    hours = _hours(session)
    return Limits(
        revision,
        relays=rates[Kind.RELAY],
        domains=rates[Kind.DOMAIN],
        runs=rates[Kind.RUN],
        accounts=rates[Kind.ACCOUNT],
        warm_ups=_warm_ups(session),
        pauses=_pauses(session),
        hours=hours,
        run_hours={row.run_id: (hours or Hours()).narrowed(row.hours) for row in session.scalars(select(RunHours))},
    )


def _rates(session: Session, kind: Kind) -> dict[str, Rate]:
    return {row.name: row.rate for row in session.scalars(select(PaceRate).where(PaceRate.kind == kind))}


def _warm_ups(session: Session) -> dict[str, Warming]:
    return {row.relay: row.plan for row in session.scalars(select(WarmUp))}


def _pauses(session: Session) -> dict[str, Pause]:
    rows = session.scalars(select(DomainPause).where(DomainPause.ended_at.is_(None)).order_by(DomainPause.id))
    return {row.domain: Pause(row.until, row.reason, row.by_engine) for row in rows}


def _hours(session: Session) -> Hours | None:
    row = session.scalar(select(SendingHours))
    closed = frozenset((day.day, day.zone) for day in session.scalars(select(ClosedDay)))
    if row is None:
        return Hours(closed=closed) if closed else None
    house: Hours = row.hours
    return replace(house, closed=closed)
