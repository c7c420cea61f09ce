"""Domains to which nothing goes for a while: because a provider blocked us, or because somebody said so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.db import rows_changed
from newsletter.domain import as_key
from newsletter.errors import NotFound
from newsletter.pace.limits import PROBATION
from newsletter.pace.rule import DomainPause, revise
from newsletter.staff.audit import AuditEntry

# Reputation comes back in hours, not minutes, and each refused try costs more of it. A day is the longest, because
# some blocks are lifted without anybody telling us, and then nobody here would look.
_LENGTHS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
_SOON = timedelta(hours=24)  # a block so soon after the last one is the same block


@dataclass(frozen=True, slots=True)
class Alert:
    """Something staff should know."""

    at: datetime
    subject: str
    sentence: str


def block_domain(session: Session, domain: str, reason: str, *, by: str, now: datetime) -> datetime:
    """Pause a domain whose provider refused us; when it is tried again. Does not commit.

    While it is paused a further refusal changes nothing. One soon after a pause that ran out makes a longer pause.
    """
    running = _running(session, domain, now)
    if running is None:
        revise(session)  # which waits for whoever else is about to pause it
        running = _running(session, domain, now)
    if running is not None:
        return running.until or now + _LENGTHS[-1]
    until = now + _LENGTHS[min(_blocks_before(session, domain, now), len(_LENGTHS) - 1)]
    _begin(session, DomainPause(domain=domain, since=now, until=until, reason=reason, by=by, by_engine=True))
    return until


def pause_domain(session: Session, domain: str, reason: str, *, by: str, now: datetime) -> None:
    """Send nothing to a domain until somebody resumes it. Does not commit. Raises BadAddress."""
    revise(session)
    name = as_key(domain)
    _begin(session, DomainPause(domain=name, since=now, until=None, reason=reason, by=by, by_engine=False))


def resume_domain(session: Session, domain: str, *, by: str, now: datetime) -> None:
    """Send to a domain again. Does not commit. Raises NotFound where it is not paused, BadAddress."""
    revise(session)
    name = as_key(domain)
    running = _running(session, name, now)
    if running is None:
        raise NotFound(f"{name} is not paused.")
    running.ended_at, running.ended_by = now, by
    session.add(AuditEntry(at=now, who=by, act="resumed the domain", subject=name))


def paused_domains(session: Session, now: datetime) -> Sequence[DomainPause]:
    """The pauses that hold at `now`, newest first."""
    holds = DomainPause.ended_at.is_(None) & (DomainPause.until.is_(None) | (DomainPause.until > now))
    return session.scalars(select(DomainPause).where(holds).order_by(DomainPause.id.desc())).all()


def pause_of(session: Session, domain: str, now: datetime) -> DomainPause | None:
    """The pause that holds back what goes to a domain, if there is one. `domain` in A-labels and lower case."""
    return _running(session, domain, now)


def alerts(session: Session, now: datetime) -> tuple[Alert, ...]:
    """The blocks of providers that hold at `now`, for the page that says what needs a colleague."""
    blocks = (pause for pause in paused_domains(session, now) if pause.by_engine)
    return tuple(Alert(pause.since, pause.domain, _sentence(pause)) for pause in blocks)


def _sentence(pause: DomainPause) -> str:
    when = f" until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else ""
    return f"{pause.domain} refuses our mail, so nothing is sent there{when}: {pause.reason}"


def end_run_out(session: Session, now: datetime) -> None:
    """Close the books on pauses whose time, and the probation after it, is over. Does not commit."""
    over = DomainPause.ended_at.is_(None) & (DomainPause.until < now - PROBATION)
    if rows_changed(session, update(DomainPause).where(over).values(ended_at=DomainPause.until)):
        revise(session)


def _begin(session: Session, pause: DomainPause) -> None:
    """A new pause in place of any other of the domain."""
    others = (DomainPause.domain == pause.domain) & DomainPause.ended_at.is_(None)
    session.execute(update(DomainPause).where(others).values(ended_at=pause.since))
    session.add(pause)
    session.add(
        AuditEntry(at=pause.since, who=pause.by, act=f"paused the domain: {pause.reason}", subject=pause.domain)
    )
    session.flush()


def _running(session: Session, domain: str, now: datetime) -> DomainPause | None:
    holds = DomainPause.ended_at.is_(None) & (DomainPause.until.is_(None) | (DomainPause.until > now))
    mine = select(DomainPause).where(DomainPause.domain == domain, holds)
    return session.scalar(mine.order_by(DomainPause.id.desc()).limit(1))


def _blocks_before(session: Session, domain: str, now: datetime) -> int:
    """How many pauses led up to this block, each begun soon after the one before had run out by itself."""
    query = select(DomainPause).where(DomainPause.domain == domain).order_by(DomainPause.id.desc())
    count, after = 0, now
    for pause in session.scalars(query.limit(len(_LENGTHS))):
        if not pause.by_engine or pause.ended_by or pause.until is None or after - pause.until > _SOON:
            break
        count, after = count + 1, pause.since
    return count
