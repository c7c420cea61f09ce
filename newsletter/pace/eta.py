"""When a run will be done, and what it waits for, by the same limits that govern the sending."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from newsletter.pace.admission import Errand, Reason
from newsletter.pace.forecast import Forecast, Tank, shared_out
from newsletter.pace.limits import Limits
from newsletter.pace.rate import LEEWAY, Rate
from newsletter.pace.rule import EVERY

_USED = 1 - LEEWAY  # what a rate that is never exceeded gives
_HELD_BACK = 0.9  # a run this much slower than its limits allow is held back by something else
_MOST_TANKS = 100  # domains looked at one by one: those that their own rate keeps the longest
OF_LATE = "as fast as of late"
NOTHING_KNOWN = "no rate is set, and nothing was sent of late"
_WHY = {
    None: OF_LATE,
    Reason.PAUSED: "a paused domain",
    Reason.HOURS: "quiet hours",
    Reason.DOMAIN: "the rate of a domain",
    Reason.RUN: "the rate of the run",
    Reason.RELAY: "the rate of the relay",
    Reason.WARM_UP: "the warm-up of the relay",
}


@dataclass(frozen=True, slots=True)
class Left:
    """So many copies of a run still to go to one domain in one set of zones; no zones means the house's."""

    domain: str
    copies: int
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Eta:
    """When the last copy goes, and what governs that, in words. `done_at` is None where nobody can know."""

    done_at: datetime | None
    why: str


def eta(
    left: Iterable[Left],
    limits: Limits,
    errand: Errand,
    now: datetime,
    *,
    measured: float | None = None,
    warmed: int = 0,
    most_at_one_account: int = 0,
) -> Eta:
    """When a run will be done.

    `measured` are the copies a second of late (`throughput.recent_rate`), None before the first. `warmed` is how many
    copies the relay has let through today. `most_at_one_account` is how many of the copies left go to the account with
    the most.
    """
    tanks = _tanks(left, limits, now)
    if not tanks:
        return Eta(now, "nothing is left")
    most, reason = _way(limits, errand)
    forecast = Forecast(limits, errand, most, reason, warmed)
    flowing = [tank for tank in tanks if forecast.opening(tank, now) <= now]
    allowed = sum(shared_out(flowing, most)) if flowing else most
    if measured and measured < _HELD_BACK * allowed:
        forecast.most, forecast.reason = measured, None
    if forecast.most == float("inf") and any(tank.most == forecast.most for tank in tanks):
        return Eta(None, NOTHING_KNOWN)
    done = forecast.run_dry(tanks, now)
    why = _WHY[max(forecast.spent, key=lambda reason: forecast.spent[reason])]
    if done is None:
        return Eta(None, f"not within a year: {why}")
    rested = _after_accounts(limits, errand, now, most_at_one_account)
    return Eta(done, why) if done >= rested else Eta(rested, "what one account may get in a day")


def _way(limits: Limits, errand: Errand) -> tuple[float, Reason | None]:
    """The copies a second that the whole run may reach, and what says so."""
    rates = ((limits.relays.get(errand.relay), Reason.RELAY), (limits.runs.get(str(errand.run_id)), Reason.RUN))
    ways = [(_per_second(rate), reason) for rate, reason in rates if rate]
    return min(ways, default=(float("inf"), None))


def _per_second(rate: Rate | None) -> float:
    return rate.per_second * _USED if rate else float("inf")


def _tanks(left: Iterable[Left], limits: Limits, now: datetime) -> list[Tank]:
    """One for each domain that has a rate or a pause, one for all others of the same zones."""
    tanks: dict[tuple[str, tuple[str, ...]], Tank] = {}
    for part in left:
        most = _per_second(limits.domain_rate(part.domain, now))
        domain = part.domain if most < float("inf") or part.domain in limits.pauses else ""
        tanks.setdefault((domain, part.zones), Tank(domain, part.zones, most, 0)).copies += part.copies
    return _fewer([tank for tank in tanks.values() if tank.copies > 0])


def _fewer(tanks: list[Tank]) -> list[Tank]:
    """With a rate for every domain there are as many tanks as domains, and few of them ever matter."""
    tanks.sort(key=lambda tank: (tank.most == float("inf"), tank.copies / tank.most), reverse=True)
    poured: dict[tuple[str, ...], Tank] = {}
    for tank in tanks[_MOST_TANKS:]:
        poured.setdefault(tank.zones, Tank("", tank.zones, 0, 0)).copies += tank.copies
        poured[tank.zones].most += tank.most
    return [*tanks[:_MOST_TANKS], *poured.values()]


def _after_accounts(limits: Limits, errand: Errand, now: datetime, copies: int) -> datetime:
    """The beginning of the day on which the account with the most copies gets its last."""
    rate = limits.accounts.get(EVERY)
    days = ceil(copies / rate.count) - 1 if rate and copies else 0
    if days < 1:
        return now
    zone = ZoneInfo(errand.house_zone)
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=days), datetime.min.time(), zone)
