"""The clock that all engines share, for spacing alone: only differences count."""

import time
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

_ASK = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000000 AS bigint)")
_GOOD = 0.0005  # seconds


class Tick(NamedTuple):
    """One instant: `shared` in nanoseconds of the shared clock, `local` as this process's `time.monotonic()`.

    They belong together but for `fuzz` seconds, either way.
    """

    shared: int
    local: float
    fuzz: float = 0.0


class SharedClock:
    """Asks for the instant that is now.

    On SQLite all engines are on one machine and share its monotonic clock, which nobody can set. On PostgreSQL the
    server's clock rules, because those of several hosts differ by more than a rate forgives.
    """

    def __init__(self) -> None:
        self._usual = 0.0

    def __call__(self, session: Session) -> Tick:
        """Now."""
        if session.get_bind().dialect.name == "sqlite":
            local = time.monotonic()
            return Tick(int(local * 1_000_000_000), local)
        return self._of_server(session)

    def _of_server(self, session: Session) -> Tick:
        """The server's time, at the middle of the time that it took to hear it, the quickest of three tries.

        The way there and back is taken to be equally long each way as far as it is always that long; what it took
        longer this time is the fuzz. The usual time creeps up, in case the server has moved away.
        """
        best, at, middle = float("inf"), 0, 0.0
        for _ in range(3):
            before = time.monotonic()
            asked = session.scalars(_ASK).one()
            took = time.monotonic() - before
            if took < best:
                best, at, middle = took, asked, before + took / 2
            if best < self._usual + _GOOD:
                break
        self._usual = min(best, self._usual * 1.01) or best
        return Tick(at, middle, (best - self._usual) / 2)


shared_tick = SharedClock()
"""The clock of this process, which knows one database."""
