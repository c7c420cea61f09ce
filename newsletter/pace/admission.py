"""What an engine asks for, and what it gets."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """Why a copy does not go now."""

    PAUSED = "domain paused"
    HOURS = "quiet hours"
    ACCOUNT = "account and day"
    DOMAIN = "domain rate"
    RUN = "run rate"
    RELAY = "relay rate"
    WARM_UP = "warm-up"


class Wish(NamedTuple):
    """One copy that wants to go. `domain` in A-labels and lower case; no `zones` means the house's.

    `account_id` is needed only where `Limits.counts_accounts`, `zones` only where `Limits.has_hours`.
    """

    delivery_id: int
    domain: str
    account_id: int | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Errand:
    """For which run, through which relay; days begin in the zone of the house."""

    run_id: int
    relay: str
    house_zone: str


class Slot(NamedTuple):
    """When a copy may go on the wire, by this process's `time.monotonic()`: neither before nor after."""

    not_before: float
    not_after: float


@dataclass(frozen=True, slots=True)
class Later:
    """When to ask again, and why, in words for a page."""

    until: datetime
    reason: Reason
    why: str


@dataclass(slots=True)
class Admission:
    """Who may go and who may not, by delivery id.

    `later`: this copy alone. `stop`: the run's or relay's own limit is reached, and whoever is in neither was not
    admitted for that. Who is not admitted has reserved nothing.
    """

    slots: dict[int, Slot] = field(default_factory=dict)
    later: dict[int, Later] = field(default_factory=dict)
    stop: Later | None = None
