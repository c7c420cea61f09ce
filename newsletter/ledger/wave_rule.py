"""Whether so much came back from a wave that somebody should look before the next one goes. Pure.

The rule: the next wave is held where the share of copies refused for good, or that of people who left, lies above its
limit with 95 % confidence, that is where the lower end of Wilson's interval does. So one refusal among ten holds
nothing, and ten among a hundred do.
"""

from dataclasses import dataclass

from newsletter.question.rates import Tally, wilson

REFUSED_LIMIT = 0.05
"""Above so many a list is stale, or a provider has begun to doubt us."""

LEFT_LIMIT = 0.02
"""An ordinary bulletin loses fewer than one in a hundred."""


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a wave brought: copies `answered` for good by servers, `refused` or sent back of these, and who `left`."""

    answered: int
    refused: int
    left: int


def alarm(came_back: CameBack) -> str:
    """Why somebody should look, as a sentence; empty where nothing is unusual."""
    arrived = came_back.answered - came_back.refused
    found = (
        _above(Tally(came_back.answered, came_back.refused), REFUSED_LIMIT, "refused or sent back"),
        _above(Tally(max(arrived, came_back.left), came_back.left), LEFT_LIMIT, "answered by an opt-out"),
    )
    return " ".join(filter(None, found))


def _above(tally: Tally, limit: float, what: str) -> str:
    if not tally.answered or wilson(tally).low <= limit:
        return ""
    seen = f"{tally.answered:,} of {tally.asked:,} copies were {what}"
    return f"{seen}: {tally.rate:.1%}, surely more than {wilson(tally).low:.1%}, where {limit:.0%} is the limit."
