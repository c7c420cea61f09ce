"""Setting rates, hours and warm-up plans. Every act is audited, and obeyed by the next claim of every engine."""

from datetime import date, datetime

from sqlalchemy import Delete, delete
from sqlalchemy.orm import Session

from newsletter.db import Database, rows_changed
from newsletter.domain import as_key
from newsletter.errors import NotFound, Refused
from newsletter.pace.hours import Hours
from newsletter.pace.meter import Throughput
from newsletter.pace.rate import Rate
from newsletter.pace.rule import EVERY, ClosedDay, Kind, PaceRate, RunHours, SendingHours, WarmUp, columns_of, revise
from newsletter.pace.warming import Warming
from newsletter.staff.audit import AuditEntry

_DAY = 86_400


def set_rate(db: Database, kind: Kind, name: str, rate: Rate, *, by: str, now: datetime) -> None:
    """Set the rate of one relay, domain, run or account. Raises Refused, BadAddress.

    `name` is an id for runs and accounts; EVERY stands for domains or accounts without a rate of their own. An
    account's rate is per day.
    """
    if kind is Kind.ACCOUNT and rate.seconds != _DAY:
        raise Refused(f"{rate} is no rate for an account.", hint="Say how many copies a day, for example 5/d.")
    with db.write() as session:
        _set(session, kind, _named(kind, name), rate, by, now)


def unset_rate(db: Database, kind: Kind, name: str, *, by: str, now: datetime) -> None:
    """Take a rate back. Raises NotFound where none is set."""
    with db.write() as session:
        _unset(session, kind, _named(kind, name), by, now)


def rate_run(session: Session, run_id: int, rate: Rate | None, *, by: str, now: datetime) -> None:
    """Change the rate of a run, or take it back. Does not commit. Raises NotFound where there is none to take back."""
    if rate is None:
        _unset(session, Kind.RUN, str(run_id), by, now)
    else:
        _set(session, Kind.RUN, str(run_id), rate, by, now)


def run_rate(session: Session, run_id: int) -> Rate | None:
    """The rate that was set for a run."""
    row = session.get(PaceRate, (Kind.RUN, str(run_id)))
    return row.rate if row else None


def open_run(session: Session, run_id: int, hours: Hours) -> None:
    """Give a new run hours of its own, within those of the house. Does not commit."""
    revise(session)
    session.add(RunHours(run_id=run_id, **columns_of(hours)))


def forget_run(session: Session, run_id: int) -> None:
    """Drop what was set and measured for a run that is over. Does not commit."""
    session.execute(delete(Throughput).where(Throughput.run_id == run_id))
    had_rate = rows_changed(session, _one(Kind.RUN, str(run_id)))
    if rows_changed(session, delete(RunHours).where(RunHours.run_id == run_id)) or had_rate:
        revise(session)


def set_hours(db: Database, hours: Hours, *, by: str, now: datetime) -> None:
    """Send only in these hours and on these weekdays; closed days stay as they are. Raises Refused without a day."""
    if not hours.weekdays:
        raise Refused("With no day to send on nothing would ever be sent.", hint="Name at least one weekday.")
    columns = columns_of(hours)
    words = f"set hours {hours.opens:%H:%M}-{hours.closes:%H:%M} on {columns['weekdays']}"
    with db.write() as session:
        revise(session)
        session.merge(SendingHours(id=1, **columns))
        session.add(AuditEntry(at=now, who=by, act=words, subject="pace"))


def unset_hours(db: Database, *, by: str, now: datetime) -> None:
    """Send at any hour of any day that is not closed. Raises NotFound where no hours are set."""
    with db.write() as session:
        revise(session)
        if not rows_changed(session, delete(SendingHours)):
            raise NotFound("No hours are set.")
        session.add(AuditEntry(at=now, who=by, act="unset hours", subject="pace"))


def close_day(db: Database, day: date, zone: str, *, by: str, now: datetime) -> None:
    """Send nothing to that zone, or to anybody where it is empty, on a date."""
    with db.write() as session:
        revise(session)
        session.merge(ClosedDay(day=day, zone=zone))
        session.add(AuditEntry(at=now, who=by, act=f"closed {day}", subject=zone or EVERY))


def open_day(db: Database, day: date, zone: str, *, by: str, now: datetime) -> None:
    """Send on that date after all. Raises NotFound where it was not closed."""
    with db.write() as session:
        revise(session)
        if not rows_changed(session, delete(ClosedDay).where(ClosedDay.day == day, ClosedDay.zone == zone)):
            raise NotFound(f"{day} is not closed.")
        session.add(AuditEntry(at=now, who=by, act=f"opened {day}", subject=zone or EVERY))


def warm_up(db: Database, relay: str, plan: Warming, *, by: str, now: datetime) -> None:
    """Begin to warm a relay up. Raises Refused for a plan that does not grow."""
    if not (plan.enough > plan.first >= 1 and plan.factor > 1):  # written so, it refuses a factor of NaN
        raise Refused(
            "This plan does not grow.", hint="Begin with at least 1, grow by more than 1, and end above the first day."
        )
    row = WarmUp(relay=relay, began_on=plan.began_on, first=plan.first, factor=plan.factor, enough=plan.enough)
    with db.write() as session:
        revise(session)
        session.merge(row)
        words = f"warm up from {plan.first} by {plan.factor:g} to {plan.enough}"
        session.add(AuditEntry(at=now, who=by, act=words, subject=relay))


def end_warm_up(db: Database, relay: str, *, by: str, now: datetime) -> None:
    """Let a relay send as much as it is asked to. Raises NotFound where it is not warmed up."""
    with db.write() as session:
        revise(session)
        if not rows_changed(session, delete(WarmUp).where(WarmUp.relay == relay)):
            raise NotFound(f"{relay} is not being warmed up.")
        session.add(AuditEntry(at=now, who=by, act="end warm-up", subject=relay))


def _named(kind: Kind, name: str) -> str:
    if kind is Kind.DOMAIN and name != EVERY:
        return as_key(name)
    if kind in (Kind.RELAY, Kind.RUN) and name == EVERY:
        raise Refused(f"A rate is set for one {kind}.", hint="Only domains and accounts can be named together, as *.")
    return name


def _set(session: Session, kind: Kind, name: str, rate: Rate, by: str, now: datetime) -> None:
    revise(session)
    session.merge(PaceRate(kind=kind, name=name, count=rate.count, seconds=rate.seconds))
    session.add(AuditEntry(at=now, who=by, act=f"set rate {rate}", subject=f"{kind} {name}"))


def _unset(session: Session, kind: Kind, name: str, by: str, now: datetime) -> None:
    revise(session)
    if not rows_changed(session, _one(kind, name)):
        raise NotFound(f"No rate is set for {kind} {name}.")
    session.add(AuditEntry(at=now, who=by, act="unset rate", subject=f"{kind} {name}"))


def _one(kind: Kind, name: str) -> Delete:
    return delete(PaceRate).where(PaceRate.kind == kind, PaceRate.name == name)
