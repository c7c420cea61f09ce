"""How likely a machine is used, carried from one observation to the next: a filter over the two states of a machine.

Between observations belief falls, the sooner the older the machine, towards what is believed of a machine nobody ever
heard of; each observation then multiplies the odds by what it is worth (Bayes). Three limits keep it humble. Nobody is
ever surer than SUREST. Before somebody says the opposite of what we believe, the belief counts for no more than WORD
(TRACE, where it is no word): who speaks later knows of more than we do. And a single trace does not get the better of
the last word: it makes us doubt. Every step keeps the order of beliefs and none passes through `Rates.unheard` by
waiting, so evidence of use can never lower what comes out, nor can evidence of an end raise it, nor fading turn one
into the other.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from newsletter.signal.rates import Rates

SUREST = 5.0
WORD = 1.8
TRACE = 3.5
_DOUBT = 1.0  # the most that is believed, in log-odds, on the first trace after a word that the machine is gone
_YEAR = 365.25
_COMING_BACK = 0.02  # a year: stored machines are taken out again, and who said "gone" may have meant another
_OLD = 25.0  # from here on a machine ages no more: what has lasted so long is looked after
_NEVER = -1e7


@dataclass(frozen=True, slots=True)
class Step:
    """What one observation does to the belief: `push` in log-odds, `at` in days since any one day.

    `is_word` where somebody said so of this very machine, `holds` where it is of this very machine: then it breaks a
    silence. `ends` where it is an end that does not fade.
    """

    at: float
    push: float
    is_word: bool
    holds: bool
    ends: bool


class Belief:
    """The probability `p` that a machine is used, after the steps seen so far, oldest first.

    `installed` is the day of the machine's last installation, None where it is of unknown age.
    """

    __slots__ = ("_aged", "_has_ended", "_heard", "_installed", "_is_denied", "_last", "_oldest", "_rates", "p")

    def __init__(self, rates: Rates, installed: float | None) -> None:
        self.p, self._installed, self._rates = rates.unheard, installed, rates
        self._last = self._heard = _NEVER
        self._oldest = float((_OLD / 10) ** rates.ageing)
        self._aged = self._age(_NEVER)
        self._has_ended = self._is_denied = False

    def put_up(self, day: float) -> None:
        """Count the machine's age from this day."""
        self._installed = day
        self._aged = self._age(self._last)

    def wait(self, until: float) -> None:
        """Let the belief fade until a day."""
        since, self._last, former, self._aged = self._last, until, self._aged, self._age(until)
        rest = self._rates.unheard
        if self.p <= rest:
            if not self._has_ended:
                self.p = rest + (self.p - rest) * math.exp(-_COMING_BACK * (until - since) / _YEAR)
            return
        patience = self._heard + self._rates.patience * _YEAR
        silent = (max(0.0, until - patience) - max(0.0, since - patience)) / _YEAR
        hazard = self._rates.ends * (self._aged - former) + self._rates.silence * silent
        self.p = rest + (self.p - rest) * math.exp(-hazard)

    def see(self, step: Step) -> None:
        """Take in an observation made on the day waited for."""
        odds, push = math.log(self.p / (1 - self.p)), step.push
        limit = WORD if step.is_word else TRACE
        if push > 0:
            odds = max(odds, -limit) + push
            if self._is_denied and not step.is_word:
                odds = min(odds, max(odds - push, _DOUBT))
        elif push < 0:
            odds = min(odds, limit) + push
        self.p = 1 / (1 + math.exp(-max(-SUREST, min(SUREST, odds))))
        if step.holds and push > 0:
            self._heard, self._has_ended, self._is_denied = step.at, False, False
        elif step.holds and push < 0:
            self._has_ended |= step.ends
            self._is_denied |= step.is_word

    def _age(self, day: float) -> float:
        """The hazard summed up to a day, in years at the hazard of a machine ten years old."""
        if self._installed is None:
            return self._oldest * day / _YEAR  # unknown age is read as old: to learn it never makes a machine older
        age = max(0.0, day - self._installed) / _YEAR
        young, power = min(age, _OLD), self._rates.ageing + 1
        return 10 * math.pow(young / 10, power) / power + self._oldest * (age - young)


def at_once(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps with those of one moment taken together: of who contradict each other then, nobody spoke later."""
    for at, together in groupby(steps, key=attrgetter("at")):
        first, *others = together
        if not others:
            yield first
            continue
        once = [first, *others]
        push = math.fsum(step.push for step in once)
        side = [step for step in once if step.push * push > 0]
        yield Step(
            at,
            push,
            is_word=any(step.is_word for step in side),
            holds=any(step.holds for step in side),
            ends=any(step.ends for step in side),
        )
