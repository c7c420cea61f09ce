"""How many copies a relay that nobody knows yet may send on a day."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Warming:
    """`first` copies on the day `began_on`, each day `factor` times as many, until a day would allow `enough`."""

    began_on: date
    first: int
    factor: float
    enough: int

    def allowance(self, day: date) -> int | None:
        """How many copies may go on that day; None where there is no limit any more."""
        copies = float(self.first)
        for _ in range((day - self.began_on).days):
            copies *= self.factor
            if copies >= self.enough:
                return None
        return int(copies) if copies < self.enough else None
