"""Whom to ask about an account: one person, and why that one. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Obstacle(StrEnum):
    """Why somebody at an account is not asked. The first that holds is the one given."""

    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"  # of any topic: whoever said no once is not asked for something else
    NO_CONSENT = "no_consent"
    NO_CONTACT = "no_contact"
    SAFETY_ONLY = "safety_only"
    PAUSED = "paused"
    NOT_THE_ONE = "not_the_one"
    UNREACHABLE = "unreachable"
    OTHER_MACHINES = "other_machines"
    ASKED_LATELY = "asked_lately"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody at the account. `spoke_at` is when they last told us something, `agreed_at` when they last agreed."""

    person_id: int
    name: str
    address: str
    role: str
    language: str
    obstacle: Obstacle | None
    spoke_at: datetime | None
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is asked, and why this one; `others` are those who are not."""

    chosen: Candidate | None
    because: str
    others: tuple[Candidate, ...]

    @property
    def free(self) -> int:
        """How many could be asked."""
        return sum(person.obstacle is None for person in self.others) + (self.chosen is not None)


_NEVER = datetime.min.replace(tzinfo=UTC)
# Who stands beside the machine knows best; who pays for it knows least.
_BESIDE = re.compile(
    r"mainten|manuten|manten|instandh|wartung|service|repair|fitter|technic|techni|onderhoud|údržb|underhåll|utrzyman"
    r"|保全|保守|维护|صيانة",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"produ|operat|plant|works|engineer|fertigung|betrieb|werkstatt|workshop|製造|生产|إنتاج", re.IGNORECASE
)
_FAR = re.compile(
    r"purchas|financ|account|buyer|einkauf|buchhalt|achat|compra|acquist|inkoop|inköp|nákup|zakup|legal", re.IGNORECASE
)


def choose(candidates: Sequence[Candidate]) -> Choice:
    """The one who gave the latest human sign; of several on that day the one nearest to the machine."""
    free = [candidate for candidate in candidates if candidate.obstacle is None]
    if not free:
        return Choice(None, "", tuple(candidates))
    chosen = min(free, key=_order)
    others = tuple(candidate for candidate in candidates if candidate is not chosen)
    return Choice(chosen, _because(chosen, free), others)


def nearness(role: str) -> int:
    """How near to the machine a role stands, 0 the nearest."""
    return next(
        (rank for rank, words in enumerate((_BESIDE, _NEAR)) if words.search(role)), 3 if _FAR.search(role) else 2
    )


def _order(candidate: Candidate) -> tuple[int, int, int]:
    return -_last(candidate).toordinal(), nearness(candidate.role), candidate.person_id


def _last(candidate: Candidate) -> datetime:
    return max(candidate.spoke_at or _NEVER, candidate.agreed_at or _NEVER)


def _because(chosen: Candidate, free: Sequence[Candidate]) -> str:
    spoke, agreed = chosen.spoke_at or _NEVER, chosen.agreed_at or _NEVER
    last = f"last answered us on {_day(spoke)}" if spoke >= agreed and chosen.spoke_at else ""
    last = last or (f"agreed to our mail on {_day(agreed)}" if chosen.agreed_at else "agreed to our mail")
    role = f"; {chosen.role}" if chosen.role else ""
    if len(free) == 1:
        return f"the only one we may ask; {last}{role}"
    tie = any(_last(other).date() == _last(chosen).date() for other in free if other is not chosen)
    return f"{last}{role}{', nearest to the machine' if tie and nearness(chosen.role) < 2 else ''}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
