"""Trying two variants of a bulletin, as the marketer orders it: "20 %, 4 h, clicks". Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from newsletter.bulletin.waves import WHOLE, Step, Waves, pause_in_words, read_pause, read_share, share_in_words
from newsletter.errors import BadTime

_HINT = 'Write for example "20 %, 4 h, clicks" or "100 %, 2 d, opt-outs".'
_ALL = ("all", "everybody")


class Measure(StrEnum):
    """By what two variants are compared, each as a share of the copies that arrived."""

    CLICKS = "clicks"  # a person opened a page of ours from the copy
    ACKNOWLEDGED = "acknowledged"
    OPT_OUTS = "opt-outs"

    @property
    def is_better_low(self) -> bool:
        """Whether the smaller share wins."""
        return self is Measure.OPT_OUTS


SAID = {
    Measure.CLICKS: "opened by people",
    Measure.ACKNOWLEDGED: "acknowledged",
    Measure.OPT_OUTS: "answered by an opt-out",
}
"""What happened to a copy that counts, as in "12 of 100 were opened by people"."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How two variants are tried: half of a `share` of all copies (of WHOLE) gets each, at once.

    `wait` after these have gone out it is decided once, by the `measure`, and the rest gets the better one.
    """

    share: int
    wait: timedelta
    measure: Measure = Measure.CLICKS

    @property
    def has_rest(self) -> bool:
        """Whether anybody waits for what is decided; else it is only reported."""
        return self.share < WHOLE

    @property
    def waves(self) -> Waves:
        """The same as waves: those who try, and the rest; none where all try."""
        return (Step(self.share), Step(WHOLE - self.share, self.wait)) if self.has_rest else ()


def read_trial(words: str) -> Trial | None:
    """The trial meant; None for no words. Raises BadTime."""
    parts = [part.strip().lower() for part in words.replace(";", ",").split(",") if part.strip()]
    if not parts:
        return None
    if len(parts) == 4 and parts[1].endswith("%"):  # "2,5 %" is one share to whoever writes numbers so
        parts = [f"{parts[0]}.{parts[1]}", *parts[2:]]
    if len(parts) != 3:
        raise BadTime(f"{words[:60]!r} is no trial: it takes a share, a time to wait and a measure.", hint=_HINT)
    return Trial(_share(parts[0]), read_pause(parts[1]), _measure(parts[2]))


def in_words(trial: Trial) -> str:
    """The same as it is read aloud."""
    wait = pause_in_words(trial.wait)
    if not trial.has_rest:
        return f"half get a, half get b; after {wait} it is reported which was {better(trial.measure)}"
    share = share_in_words(trial.share)
    return f"{share} try it, half a and half b; after {wait} the rest get the one {better(trial.measure)}"


def better(measure: Measure) -> str:
    """Which variant wins: "more often opened by people"."""
    return f"{'less' if measure.is_better_low else 'more'} often {SAID[measure]}"


def _share(part: str) -> int:
    share = WHOLE if part in _ALL else read_share(part)
    if not 0 < share <= WHOLE:
        raise BadTime(f"{part[:40]!r} is no share of all copies.", hint=_HINT)
    return share


def _measure(part: str) -> Measure:
    try:
        return Measure(part.replace(" ", "-"))
    except ValueError:
        raise BadTime(f"{part[:40]!r} is no measure.", hint=f"Write {', '.join(Measure)}.") from None
