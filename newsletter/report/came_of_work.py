"""What came of work: for each reason how much was opened, how often somebody was spoken to, and how it ended."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.checkin.rule import months_before
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp
from newsletter.followup.outcomes import CONTACTED, Outcome
from newsletter.question.rates import Tally

LOOKED_BACK = 12
"""Months."""


@dataclass(frozen=True, slots=True)
class CameOf:
    """What came of the work for one reason; what is still open has no outcome."""

    opened: int
    outcomes: Mapping[Outcome, int]

    @property
    def closed(self) -> int:
        """How much has ended."""
        return sum(self.outcomes.values())

    @property
    def contacted(self) -> Tally:
        """Of what has ended, how often somebody was spoken to."""
        return Tally(self.closed, sum(count for outcome, count in self.outcomes.items() if outcome in CONTACTED))


def came_of_work(session: Session, now: datetime) -> Mapping[Cause, CameOf]:
    """The work opened in the last months by its reason, the most frequent first."""
    query = (
        select(FollowUp.cause, FollowUp.outcome, func.count())
        .where(FollowUp.opened_at >= months_before(now, LOOKED_BACK))
        .group_by(FollowUp.cause, FollowUp.outcome)
    )
    opened, outcomes = Counter[Cause](), defaultdict[Cause, dict[Outcome, int]](dict)
    for cause, outcome, count in session.execute(query):
        opened[Cause(cause)] += count
        if outcome:
            outcomes[Cause(cause)][Outcome(outcome)] = count
    return {cause: CameOf(count, outcomes[cause]) for cause, count in opened.most_common()}
