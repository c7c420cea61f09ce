"""What is set, beside what is measured."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.pace.books import Measured, span_of
from newsletter.pace.meter import DayCount, Meter
from newsletter.pace.rule import EVERY, Kind, PaceRate, WarmUp
from newsletter.pace.tick import shared_tick


@dataclass(frozen=True, slots=True)
class RateLine:
    """One rate. `name` is an account's number; `measured` are copies a second now, for an account copies today.

    For EVERY it is the busiest one's, whose name is `busiest`.
    """

    kind: Kind
    name: str
    rate: str
    measured: float
    busiest: str = ""


@dataclass(frozen=True, slots=True)
class WarmUpLine:
    """A relay's plan: today's `most` copies (None: over), and how many went."""

    relay: str
    day: int
    most: int | None
    used: int
    enough: int


def rate_lines(session: Session, today: date) -> list[RateLine]:
    """Every rate that is set. `today` is the day of the house."""
    per_second = _per_second(session)
    counts = _counts(session, today)
    rows = session.scalars(select(PaceRate).order_by(PaceRate.kind, PaceRate.name)).all()
    own = {f"{row.kind} {row.name}" for row in rows}
    lines = [_line(row, counts if row.kind == Kind.ACCOUNT else per_second, own) for row in rows]
    return [_by_number(session, line) if line.kind is Kind.ACCOUNT else line for line in lines]


def warm_up_lines(session: Session, today: date) -> list[WarmUpLine]:
    """Every warm-up plan. `today` is the day of the house."""
    counts = _counts(session, today)
    return [_warm_up(row, today, counts) for row in session.scalars(select(WarmUp).order_by(WarmUp.relay))]


def _line(row: PaceRate, measured: dict[str, float] | dict[str, int], own: set[str]) -> RateLine:
    kind = Kind(row.kind)
    if row.name != EVERY:
        return RateLine(kind, row.name, str(row.rate), measured.get(f"{kind} {row.name}", 0))
    others = {key: much for key, much in measured.items() if key.startswith(f"{kind} ") and key not in own}
    busiest = max(others, key=lambda key: others[key], default="")
    return RateLine(kind, EVERY, str(row.rate), others.get(busiest, 0), busiest.removeprefix(f"{kind} "))


def _by_number(session: Session, line: RateLine) -> RateLine:
    ids = [int(id_) for id_ in (line.name, line.busiest) if id_.isdecimal()]
    numbers = dict(session.execute(select(Account.id, Account.number).where(Account.id.in_(ids))).all())
    named = {str(id_): number for id_, number in numbers.items()}
    return replace(line, name=named.get(line.name, line.name), busiest=named.get(line.busiest, line.busiest))


def _warm_up(row: WarmUp, today: date, counts: dict[str, int]) -> WarmUpLine:
    used = counts.get(f"relay {row.relay}", 0)
    return WarmUpLine(row.relay, (today - row.began_on).days + 1, row.plan.allowance(today), used, row.enough)


def _per_second(session: Session) -> dict[str, float]:
    now = shared_tick(session).shared
    meters = session.execute(select(Meter.key, Meter.step, Meter.since, Meter.counted, Meter.before))
    return {key: Measured(*seen).per_second(now, span_of(step)) for key, step, *seen in meters}


def _counts(session: Session, today: date) -> dict[str, int]:
    return dict(session.execute(select(DayCount.key, DayCount.count).where(DayCount.day == today)).all())
