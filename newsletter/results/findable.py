"""What difference a trial can find at all, said before anything is sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.bulletin.trial import Measure, Trial
from newsletter.bulletin.waves import WHOLE
from newsletter.errors import BadBulletin
from newsletter.ledger.run import Run
from newsletter.ledger.tally import counted
from newsletter.question.power import detectable
from newsletter.question.rates import FEWEST as FEWEST_COPIES
from newsletter.results import rates
from newsletter.results.keep import kept

ASSUMED = {Measure.CLICKS: 0.05, Measure.ACKNOWLEDGED: 0.1, Measure.OPT_OUTS: 0.005}
"""The rate of each measure where too few former bulletins tell of one."""

LIKELY = 0.5
"""Two texts that say the same seldom differ by more than so much of the rate."""

_LOOKED_THROUGH = 30  # runs
_AS_COUNTED = {Measure.CLICKS: rates.Measure.HUMAN, Measure.OPT_OUTS: rates.Measure.LEFT}


@dataclass(frozen=True, slots=True)
class Findable:
    """Of halves of `each` copies at a usual `rate`, the `gain` is found in 4 of 5 trials; None where none would be.

    `bulletins` are those that tell the rate; 0 where it is assumed.
    """

    each: int
    rate: float
    bulletins: int
    gain: float | None

    @property
    def is_unlikely(self) -> bool:
        """Whether the sample is too small to find a difference that is likely."""
        return self.each < FEWEST_COPIES or self.gain is None or self.gain > self.rate * LIKELY


def findable(session: Session, klass: BulletinClass, trial: Trial, copies: int) -> Findable:
    """What a trial among so many copies of a bulletin of a class can find."""
    former = _former(session, klass, trial.measure)
    is_told = len(former) >= rates.FEWEST
    rate = median(former) if is_told else ASSUMED[trial.measure]
    each = copies * trial.share // WHOLE // 2
    return Findable(each, rate, len(former) if is_told else 0, detectable(rate, each))


def _former(session: Session, klass: BulletinClass, measure: Measure) -> Sequence[float]:
    """What the last runs of this class had, as far as it was counted."""
    if measure not in _AS_COUNTED:
        return []
    query = select(Run.id, Version.source).join(Version, Version.id == Run.version_id)
    newest = query.where(Run.started_at.is_not(None)).order_by(Run.started_at.desc(), Run.id.desc())
    runs = [run_id for run_id, source in session.execute(newest.limit(_LOOKED_THROUGH)) if _is_of(source, klass)]
    return [*_rates(session, runs, _AS_COUNTED[measure])]


def _rates(session: Session, runs: Sequence[int], measure: rates.Measure) -> Iterator[float]:
    copies = counted(session, runs)
    for run_id in runs:
        tally = rates.rates(copies[run_id], kept(session, run_id)).get(measure)
        if tally and tally.asked >= FEWEST_COPIES:
            yield tally.rate


def _is_of(source: str, klass: BulletinClass) -> bool:
    try:
        return read_source(source).klass is klass
    except BadBulletin:  # written before an upgrade, and can be read no more
        return False
