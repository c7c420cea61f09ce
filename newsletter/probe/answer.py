from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a look at a link."""

    ANSWERS = "answers"
    BROKEN = "broken"  # the server says that there is nothing
    UNSURE = "unsure"  # the server does not talk to programs, or cannot now
    NOT_PUBLIC = "not_public"  # it leads, at once or by a redirect, to where not everybody can go
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    LOST = "lost"  # one redirect after the other


@dataclass(frozen=True, slots=True)
class Answer:
    """One look. `status` is HTTP's, 0 without one; `octets` the weight of what is there, 0 where it is not known."""

    outcome: Outcome
    status: int = 0
    octets: int = 0
    words: str = ""
