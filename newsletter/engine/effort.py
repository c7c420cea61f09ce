import time
from typing import NamedTuple, Self


class Effort(NamedTuple):
    """A moment: seconds on the wall, and seconds of CPU this process has used."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Self:
        """Read both clocks."""
        return cls(time.monotonic(), time.process_time())

    def since(self, before: "Effort") -> float:
        """How many cores this process kept busy meanwhile."""
        return (self.cpu - before.cpu) / max(self.wall - before.wall, 1e-6)
