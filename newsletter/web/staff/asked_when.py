"""When a bulletin shall go and in which parts, as a form says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from newsletter.bulletin.source import Source
from newsletter.bulletin.trial import Measure
from newsletter.bulletin.when import When, read_grace
from newsletter.ledger.wished import Wished
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts

_NAMES = ("at", "zone", "grace", "waves", "theirs", "hours", "tried", "wait", "measure", "remind")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, right or wrong; fields are empty where nothing was."""

    at: str = ""
    zone: str = ""
    grace: str = ""
    waves: str = ""
    theirs: str = ""  # "yes": at that time where each person is
    hours: str = ""
    tried: str = ""  # per cent of the copies that try two variants
    wait: str = ""  # hours until it is decided
    measure: str = ""
    remind: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Self:
        """What a form says."""
        return cls(*(form.get(name, "").strip()[:200] for name in _NAMES))

    @property
    def shown(self) -> Self:
        """The same with what the house takes where nothing was typed, to fill a form."""
        config = house().config
        return replace(self, zone=self.zone or config.zone, grace=self.grace or f"{config.grace_hours:g}")

    def of_variants(self, source: Source) -> Self:
        """The same with a usual trial where a bulletin has variants and nothing was typed."""
        if not source.variants:
            return self
        usual = USUAL_TRIAL
        return replace(
            self,
            tried=self.tried or usual.tried,
            wait=self.wait or usual.wait,
            measure=self.measure or usual.measure,
        )

    def when(self) -> When:
        """The time meant; without one it is now. Raises BadTime."""
        grace = read_grace(self.grace, house().config.grace)
        zone, is_theirs = (self.zone, bool(self.theirs)) if self.at else ("", False)
        wished = Wished(self.at, zone, is_theirs, self.waves, self.hours, self._trial(), self.remind)
        return wished.when(parts.now(), grace)

    def _trial(self) -> str:
        if not (self.tried or self.wait or self.measure):
            return ""
        return f"{self.tried.removesuffix('%')} %, {self.wait.removesuffix('h')} h, {self.measure}"


USUAL_TRIAL = Asked(tried="20", wait="4", measure=Measure.CLICKS)
"""What a form says that nobody has changed."""


def in_words(when: When) -> str:
    """A time as one reads it to a colleague: "on Tuesday, 1 December 2026 at 09:00 in Europe/Berlin (08:00 UTC)"."""
    if not when.local:
        return "now"
    if when.is_theirs:
        return f"on {_long(when.wall)} where each person is"
    there = when.at.astimezone(ZoneInfo(when.zone))
    return f"on {_long(there)} in {when.zone} ({when.at:%H:%M} UTC)"


def _long(at: datetime) -> str:
    return f"{at:%A}, {at.day} {at:%B %Y} at {at:%H:%M}"
