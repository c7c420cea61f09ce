"""Which copies of a claim the hour and the domain let go, and by which limits the others are metered and counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.pace.admission import Errand, Later, Reason, Wish
from newsletter.pace.limits import Limits
from newsletter.pace.rate import Rate

AHEAD = timedelta(seconds=1.1)  # a slot may be so far off, so what must hold when it comes is asked for then, too
LOOK_AGAIN = timedelta(minutes=10)  # longest; whoever changes a limit wakes the copies that wait for it


@dataclass(frozen=True, slots=True)
class Planner:
    """Judges the copies of one errand at `now`."""

    limits: Limits
    errand: Errand
    now: datetime

    @property
    def day(self) -> date:
        """The day that counts: the house's."""
        return self.now.astimezone(ZoneInfo(self.errand.house_zone)).date()

    @property
    def tomorrow(self) -> datetime:
        """When the next day begins."""
        zone = ZoneInfo(self.errand.house_zone)
        return datetime.combine(self.day + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)

    @property
    def warm_up_most(self) -> int | None:
        """How many copies the relay may take today; None where it is not warmed up."""
        warming = self.limits.warm_ups.get(self.errand.relay)
        return warming.allowance(self.day) if warming else None

    def rates(self, wishes: Iterable[Wish]) -> dict[str, Rate]:
        """The rates that meter these copies, by key."""
        limits, errand = self.limits, self.errand
        of_domains = {wish.domain: limits.domain_rate(wish.domain, self.now) for wish in wishes}
        rates = {f"domain {domain}": rate for domain, rate in of_domains.items()}
        rates[f"run {errand.run_id}"] = limits.runs.get(str(errand.run_id))
        rates[f"relay {errand.relay}"] = limits.relays.get(errand.relay)
        return {key: rate for key, rate in rates.items() if rate}

    def counted(self, wishes: Iterable[Wish]) -> set[str]:
        """The keys under which these copies are counted by the day."""
        limited = {f"account {wish.account_id}" for wish in wishes if self.limits.account_most(wish.account_id)}
        return limited if self.warm_up_most is None else {*limited, f"relay {self.errand.relay}"}

    def allowed(self, wishes: Iterable[Wish]) -> tuple[list[Wish], dict[int, Later]]:
        """Those whose domain and hour allow them to go, and the others."""
        may_go: list[Wish] = []
        later: dict[int, Later] = {}
        known: dict[tuple[str, ...], Later | None] = {}
        for wish in wishes:
            zones = wish.zones or (self.errand.house_zone,)
            if zones not in known:
                known[zones] = self._quiet(zones)
            held = self._paused(wish.domain) or known[zones]
            if held:
                later[wish.delivery_id] = held
            else:
                may_go.append(wish)
        return may_go, later

    def _paused(self, domain: str) -> Later | None:
        pause = self.limits.pauses.get(domain)
        if pause is None or not pause.holds(self.now):
            return None
        until = pause.until or self.now + LOOK_AGAIN
        return Later(until, Reason.PAUSED, f"{domain} is paused: {pause.reason}")

    def _quiet(self, zones: tuple[str, ...]) -> Later | None:
        hours = self.limits.hours_of(self.errand.run_id)
        if hours is None:
            return None
        for at in (self.now, self.now + AHEAD):
            opening = hours.common_opening(zones, at)
            if opening > at:
                local = opening.astimezone(ZoneInfo(zones[0]))
                return Later(opening, Reason.HOURS, f"quiet hours until {local:%A %H:%M} {zones[0]}")
        return None
