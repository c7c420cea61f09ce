"""How often people answer, and whether one wording gets more answers than another, with the uncertainty. Pure.

Sources: E. B. Wilson, "Probable Inference", Journal of the American Statistical Association 22 (1927), 209-212;
R. G. Newcombe, "Interval Estimation for the Difference Between Independent Proportions", Statistics in Medicine 17
(1998), 873-890, method 10; R. Johari, P. Koomen, L. Pekelis, D. Walsh, "Always Valid Inference", Operations Research
70 (2022), 1806-1821, after H. Robbins, Annals of Mathematical Statistics 41 (1970), 1397-1409.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import log, sqrt

FEWEST = 100
"""Asked people an arm must have before anything is said about it."""

_Z = 1.959964  # 95 % of a normal distribution lie between -z and z
_ERROR = 0.05
_EXPECTED = 0.1  # a difference worth finding; the choice moves the power, never the error


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a rate, or the difference of two, lies with 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How many people were asked in one wording, and how many of them answered."""

    asked: int
    answered: int

    @property
    def rate(self) -> float:
        """The share that answered; 0 where nobody was asked."""
        return self.answered / self.asked if self.asked else 0.0


class Finding(StrEnum):
    """What two tallies allow us to say."""

    TOO_EARLY = "too_early"
    NO_DIFFERENCE = "no_difference"
    PERHAPS = "perhaps"  # outside the interval of one look, within that of many
    FIRST = "first"
    SECOND = "second"


def wilson(tally: Tally) -> Interval:
    """The interval of a rate: Wilson 1927, the score interval without continuity correction."""
    if not tally.asked:
        return Interval(0.0, 1.0)
    n, p = tally.asked, tally.rate
    middle, spread = p + _Z**2 / (2 * n), _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
    whole = 1 + _Z**2 / n
    # At the ends the root is exact and floating point is not.
    low = 0.0 if tally.answered == 0 else max(0.0, (middle - spread) / whole)
    return Interval(low, 1.0 if tally.answered == n else min(1.0, (middle + spread) / whole))


def newcombe(first: Tally, second: Tally) -> Interval:
    """The interval of `second.rate - first.rate`: Newcombe 1998, method 10."""
    one, two, gain = wilson(first), wilson(second), second.rate - first.rate
    down = sqrt((second.rate - two.low) ** 2 + (one.high - first.rate) ** 2)
    up = sqrt((two.high - second.rate) ** 2 + (first.rate - one.low) ** 2)
    return Interval(max(-1.0, gain - down), min(1.0, gain + up))


def always_valid(first: Tally, second: Tally) -> Interval:
    """An interval of `second.rate - first.rate` that holds at every look together, however often one looks.

    Johari et al. 2022, the mixture sequential probability ratio test turned into an interval. The variance is taken
    from rates with one more answer and one more silence, so that it is never 0.
    """
    if not (first.asked and second.asked):
        return Interval(-1.0, 1.0)
    noise, prior = _variance(first) + _variance(second), _EXPECTED**2
    spread = sqrt(noise * (noise + prior) / prior * (log((noise + prior) / noise) - 2 * log(_ERROR)))
    gain = second.rate - first.rate
    return Interval(max(-1.0, gain - spread), min(1.0, gain + spread))


def finding(first: Tally, second: Tally) -> Finding:
    """What can be said. A winner is named only where looking again and again could not have made it."""
    if min(first.asked, second.asked) < FEWEST:
        return Finding.TOO_EARLY
    sure, seen = always_valid(first, second), newcombe(first, second)
    if sure.low > 0 and seen.low > 0:
        return Finding.SECOND
    if sure.high < 0 and seen.high < 0:
        return Finding.FIRST
    return Finding.PERHAPS if seen.low > 0 or seen.high < 0 else Finding.NO_DIFFERENCE


def _variance(tally: Tally) -> float:
    n = tally.asked
    p = (tally.answered + 1) / (n + 2)
    return p * (1 - p) / n
