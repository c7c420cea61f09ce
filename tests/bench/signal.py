"""The verdict against simpler rules in worlds that are nothing like each other: `bin/bench signal [ACCOUNTS [SEED]]`.

Brier is the mean square of what `p_used` is away from the truth (0 is perfect); "year" is the rule "no sign for a year
= lost"; "fading" is a recency that halves with a half-life fitted to the truth of each world, which nobody could know.
"error" is the calibration error in ten bins, "called gone" the share of used machines that are called not in use.
"""

import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from statistics import mean

from newsletter.signal.kinds import KINDS
from newsletter.signal.learn import learned
from newsletter.signal.rules import Observed, Rules, State, said, weigh
from tests.signal.worlds import AS_OF, WORLDS, YEAR, Maker, Unit


@dataclass(frozen=True, slots=True)
class Figures:
    """What one world came to."""

    units: int
    used: float
    ours: float
    year: float
    fading: float
    error: float
    gone_wrongly: float
    unknown: float


def figures(units: Sequence[Unit], rules: Rules) -> Figures:
    """The figures of one world."""
    weighed = [weigh(unit.evidence, AS_OF, rules) for unit in units]
    truth = [unit.is_used for unit in units]
    ours = [one.p_used for one in weighed]
    silences = [silence(unit.evidence) for unit in units]
    year = [1.0 if days < YEAR else 0.0 for days in silences]
    fading = min(brier([0.5 ** (d / life) for d in silences], truth) for life in range(60, 15_000, 60))
    used = sum(truth)
    wrong = sum(is_used and one.state == State.NOT_IN_USE for is_used, one in zip(truth, weighed, strict=True))
    unknown = sum(one.state == State.UNKNOWN for one in weighed) / len(units)
    return Figures(
        len(units),
        used / len(units),
        brier(ours, truth),
        brier(year, truth),
        fading,
        error(ours, truth),
        wrong / used,
        unknown,
    )


def silence(evidence: Sequence[Observed]) -> float:
    """Days since the last sign of use of any kind."""
    signs = [e.observed_at for e in evidence if said(e, KINDS[e.kind]) in (State.IN_USE, State.BACKUP)]
    last: datetime = max(signs)
    return (AS_OF - last).total_seconds() / 86_400


def brier(guesses: Sequence[float], truth: Sequence[bool]) -> float:
    """The mean square of the error."""
    return sum((p - t) ** 2 for p, t in zip(guesses, truth, strict=True)) / len(truth)


def error(guesses: Sequence[float], truth: Sequence[bool]) -> float:
    """The expected calibration error in ten bins."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for p, t in zip(guesses, truth, strict=True):
        bins.setdefault(min(9, int(p * 10)), []).append((p, t))
    return sum(abs(sum(p - t for p, t in bin_)) for bin_ in bins.values()) / len(truth)


def row(name: str, f: Figures, learned_rates: str) -> str:
    """One line of the table."""
    return (
        f"{name:<36}{f.units:>6}{f.used:>6.0%}{f.ours:>8.4f}{f.year:>8.4f}{f.fading:>8.4f}{f.ours / f.year:>8.2f}"
        f"{f.ours / f.fading:>8.2f}{f.error:>8.3f}{f.gone_wrongly:>12.1%}{f.unknown:>9.0%}   {learned_rates}"
    )


def over_all(all_: Sequence[Figures]) -> Figures:
    """The mean of the worlds, each counting alike."""
    means = {field.name: mean(getattr(one, field.name) for one in all_) for field in fields(Figures)}
    return Figures(**{**means, "units": sum(one.units for one in all_)})


def main() -> None:
    """Print the table."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 900
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(
        f"{'world':<36}{'units':>6}{'used':>6}{'ours':>8}{'year':>8}{'fading':>8}{'of year':>8}{'of fad.':>8}"
        f"{'error':>8}{'called gone':>12}{'unknown':>9}   learned, as in rates.Rates (answers)"
    )
    found = []
    for name, world in WORLDS.items():
        units = Maker(world, seed).units(accounts)
        taught = learned([unit.evidence for unit in units], AS_OF)
        found.append(figures(units, Rules(rates=taught.rates)))
        print(row(name, found[-1], f"{' '.join(f'{r:g}' for r in astuple(taught.rates))} ({taught.answers})"))
    print(row("over all", over_all(found), ""))


if __name__ == "__main__":
    main()
