"""Which of two variants goes on. Pure.

The rule is fixed before anything is sent: at the end of the wait, once, the shares of the two halves are compared. If
the 95 % interval of their difference (Newcombe 1998, method 10) leaves zero out, the better one goes on. Else no
difference can be told from chance, and a goes on. Of two equal variants one is so named better in 5 of 100 trials;
whoever looked again and again, and stopped when one is ahead, would name one far more often.
"""

from dataclasses import dataclass

from newsletter.bulletin.trial import SAID, Measure, Trial, better
from newsletter.bulletin.variant import A, B
from newsletter.bulletin.waves import pause_in_words
from newsletter.question.rates import Interval, Tally, always_valid, newcombe


@dataclass(frozen=True, slots=True)
class Halves:
    """What each half brought: of so many copies that arrived (`asked`), so many did what is measured (`answered`)."""

    a: Tally
    b: Tally

    @property
    def gain(self) -> float:
        """How much larger the share of b is."""
        return self.b.rate - self.a.rate

    @property
    def at_the_end(self) -> Interval:
        """Where the gain lies with 95 % confidence, for one look."""
        return newcombe(self.a, self.b)

    @property
    def at_any_time(self) -> Interval:
        """The same for who looks as often as they like."""
        return always_valid(self.a, self.b)


@dataclass(frozen=True, slots=True)
class Decided:
    """The variant that goes on, and why; none where nobody waits for it and neither is better."""

    winner: str
    because: str
    is_told_from_chance: bool = True


def decide(trial: Trial, halves: Halves) -> Decided:
    """What the rule says at the end of the wait."""
    measure, interval = trial.measure, halves.at_the_end
    is_told = halves.a.asked > 0 and halves.b.asked > 0 and not interval.low <= 0 <= interval.high
    if not is_told:
        goes = ", so a goes on" if trial.has_rest else ""
        because = f"No difference can be told from chance{goes}. {in_numbers(measure, halves)}"
        return Decided(A if trial.has_rest else "", because, is_told_from_chance=False)
    winner = A if (halves.gain > 0) is measure.is_better_low else B
    return Decided(winner, f"{winner} was {better(measure)}. {in_numbers(measure, halves)}")


def by_hand(measure: Measure, halves: Halves, who: str) -> str:
    """Why a variant goes on that a colleague chose before the rule could say anything."""
    return f"Chosen by {who} before the end. {in_numbers(measure, halves, at_any_time=True)}"


def in_numbers(measure: Measure, halves: Halves, *, at_any_time: bool = False) -> str:
    """What both halves brought, and the difference with its interval."""
    interval = halves.at_any_time if at_any_time else halves.at_the_end
    said = (
        f"{SAID[measure].capitalize()}: a {_of(halves.a)}, b {_of(halves.b)}. b less a: {points(halves.gain)} points,"
        f" 95 % interval {points(interval.low)} to {points(interval.high)}"
    )
    return f"{said} for who looks at any time." if at_any_time else f"{said}."


def rule_in_words(trial: Trial) -> str:
    """The rule as it is told before anything is sent."""
    when = f"{pause_in_words(trial.wait)} after the {'sample' if trial.has_rest else 'last copy'} has gone out, once"
    goes = "goes to the rest" if trial.has_rest else "is named the better one"
    fallback = "a goes to the rest" if trial.has_rest else "neither is named better"
    return (
        f"{when[0].upper()}{when[1:]}, the share of copies {SAID[trial.measure]} is compared. If the 95 % interval of"
        f" the difference leaves out zero, the one {better(trial.measure)} {goes}; else no difference can be told from"
        f" chance, and {fallback}."
    )


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    said = f"{abs(share) * 100:.1f}"
    return said if float(said) == 0 else f"{'+' if share > 0 else '−'}{said}"  # noqa: RUF001 - a minus sign


def _of(tally: Tally) -> str:
    return f"{tally.answered:,} of {tally.asked:,} ({tally.rate:.1%})"
