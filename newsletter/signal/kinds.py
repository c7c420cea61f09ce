"""Every kind of observation, how much it says, how fast it fades, and why: the one table of parameters."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was observed."""

    OPT_OUT_ANSWER = "opt_out_answer"
    OPT_OUT = "opt_out"
    CONTACT_LEFT = "contact_left"
    ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True)
class Weight:
    """`weight` in log-odds when fresh, `half_life_days` until half of it is left, and the reason for both.

    Two weights of equal rank that contradict each other do not cancel: the later one counts.
    """

    weight: float
    half_life_days: float
    is_word: bool
    reason: str


KINDS: dict[Kind, Weight] = {
    Kind.OPT_OUT_ANSWER: Weight(
        3.5,
        730,
        is_word=True,
        reason="Somebody who stands beside the machine said so; fresh it is right about 97 times in 100.",
    ),
    Kind.OPT_OUT: Weight(
        0.0, 730, is_word=False, reason="Leaving a list is about a person's post, not about a machine."
    ),
    Kind.CONTACT_LEFT: Weight(
        0.0, 730, is_word=False, reason="Somebody left the firm; the machine did not leave with them."
    ),
    Kind.ACKNOWLEDGEMENT: Weight(
        2.5,
        550,
        is_word=False,
        reason="Nobody does a maintenance job on a machine that is not used; they may have ticked the wrong one.",
    ),
}

LASTING = frozenset({"sold", "scrapped", "replaced"})
"""Details that do not fade: a scrapped machine does not come back by waiting."""
