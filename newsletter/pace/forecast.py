"""Looking ahead: copies as water in tanks, one for each set of copies that the same limits govern.

Time goes in stretches in which every flow stays the same: until a tank is empty, hours open or close, a pause ends, or
a new day begins.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.pace.admission import Errand, Reason
from newsletter.pace.limits import Limits
from newsletter.pace.plan import Planner

FARTHEST = timedelta(days=366)
_LONG = FARTHEST.total_seconds()
_NONE = 0.01  # copies: what is left of none when time is cut into microseconds


@dataclass(slots=True)
class Tank:
    """`copies` that go to `domain` in `zones`, at most `most` a second."""

    domain: str
    zones: tuple[str, ...]
    most: float
    copies: float


@dataclass(slots=True)
class Forecast:
    """What becomes of tanks that share `most` copies a second, which is so for `reason` (None: as fast as it goes).

    `warmed` copies have gone through the relay today. `spent` tells how long what governed.
    """

    limits: Limits
    errand: Errand
    most: float
    reason: Reason | None
    warmed: float
    spent: dict[Reason | None, timedelta] = field(default_factory=lambda: defaultdict(timedelta))

    def run_dry(self, tanks: Sequence[Tank], now: datetime) -> datetime | None:
        """When the last tank is empty; None where that is not within a year."""
        at, day = now, Planner(self.limits, self.errand, now).day
        while left := [tank for tank in tanks if tank.copies > _NONE]:
            if at - now > FARTHEST:
                return None
            planner = Planner(self.limits, self.errand, at)
            if planner.day != day:
                day, self.warmed = planner.day, 0
            at = self._stretch(left, planner)
        return at

    def _stretch(self, tanks: Sequence[Tank], planner: Planner) -> datetime:
        """Let flow what flows until something changes; when that is."""
        at = planner.now
        opens = [self.opening(tank, at) for tank in tanks]
        flowing = [tank for tank, opening in zip(tanks, opens, strict=True) if opening <= at]
        changes = [opening for opening in opens if opening > at]
        room = float("inf") if planner.warm_up_most is None else planner.warm_up_most - self.warmed
        if not flowing or room <= _NONE:
            until = min(changes) if not flowing else planner.tomorrow
            self.spent[self._why_not(tanks, at) if not flowing else Reason.WARM_UP] += until - at
            return until
        flows = shared_out(flowing, self.most)
        changes += [planner.tomorrow, *self._closings(flowing, at)]
        seconds = min(room / sum(flows), *(tank.copies / flow for tank, flow in zip(flowing, flows, strict=True)))
        # At least a microsecond: time has no finer grain, and without it the last drop would never flow.
        until = max(at + timedelta.resolution, min([*changes, at + timedelta(seconds=min(seconds, _LONG))]))
        for tank, flow in zip(flowing, flows, strict=True):
            tank.copies -= flow * (until - at).total_seconds()
        self.warmed += sum(flows) * (until - at).total_seconds()
        is_own = all(flow >= tank.most for tank, flow in zip(flowing, flows, strict=True))
        self.spent[Reason.DOMAIN if is_own else self.reason] += until - at
        return until

    def opening(self, tank: Tank, at: datetime) -> datetime:
        """When copies of a tank may go next; FARTHEST away where somebody has to resume its domain first."""
        pause, hours = self.limits.pauses.get(tank.domain), self.limits.hours_of(self.errand.run_id)
        if pause and pause.holds(at):
            at = pause.until or at + FARTHEST
        return hours.common_opening(self._zones(tank), at) if hours else at

    def _closings(self, tanks: Sequence[Tank], at: datetime) -> set[datetime]:
        hours = self.limits.hours_of(self.errand.run_id)
        return {hours.common_closing(zones, at) for zones in {self._zones(tank) for tank in tanks}} if hours else set()

    def _why_not(self, tanks: Sequence[Tank], at: datetime) -> Reason:
        pauses = [self.limits.pauses.get(tank.domain) for tank in tanks]
        return Reason.PAUSED if all(pause and pause.holds(at) for pause in pauses) else Reason.HOURS

    def _zones(self, tank: Tank) -> tuple[str, ...]:
        return tank.zones or (self.errand.house_zone,)


def shared_out(tanks: Sequence[Tank], most: float) -> list[float]:
    """Copies a second from each tank: by their copies, because mixed ones go in turn, but from none above its own."""
    flows, rest, more = [0.0] * len(tanks), most, [*range(len(tanks))]
    while more:
        copies = sum(tanks[index].copies for index in more)
        full = [index for index in more if tanks[index].most * copies <= rest * tanks[index].copies]
        for index in full or more:
            flows[index] = tanks[index].most if full else rest * tanks[index].copies / copies
        rest -= sum(flows[index] for index in full)
        more = [index for index in more if full and index not in full]
    return flows
