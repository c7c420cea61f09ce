"""Copies on their way over several lines of one thread."""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic

from newsletter.engine.line import LastLook, Line
from newsletter.engine.supply import Supply
from newsletter.engine.turns import Turns
from newsletter.smtp.copy import Copy
from newsletter.smtp.stream import Settled

_SILENCE = 0.3  # seconds without an answer, at least, after which a line is left behind
_TIMES = 10  # and so many times as long as a copy took
_UNKNOWN = 1.0  # seconds that a copy is taken to take before there was an answer


class Passage:
    """What becomes of copies, over lines that are open. A line takes no part in two passages at a time.

    While all servers are at work up to `most_ahead` more copies are taken; they stay unsent where it `is_stopping`.
    `has_spare`: the thread has other lines as well. `next_at`: see `Supply`.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        copies: Iterable[Copy | None],
        last_look: LastLook,
        *,
        most_ahead: int,
        is_stopping: Callable[[], bool],
        has_spare: bool,
        next_at: Callable[[], float] | None = None,
    ) -> None:
        self._lines, self._has_spare = lines, has_spare
        self._supply = Supply(copies, most_ahead, is_stopping, next_at)
        self._turns = Turns(((line, line.steps(self._supply, last_look)) for line in lines), self._supply)
        self._failure: Exception | None = None
        self._began = monotonic()
        self.silent: Sequence[Line] = ()
        """The lines that were left behind with copies in hand."""

    def settled(self, *, may_leave: bool = False) -> Settled:
        """Each copy with its outcome as it is settled.

        What `last_look` or `copies` raises comes when nothing is on a wire any more. Copies taken and not given back
        were not sent.

        Where it `may_leave`, it ends before all are settled when some servers have been `silent` for long while other
        lines have nothing to do, and takes no further copy. Whoever then calls it again waits for those; the others
        are free.
        """
        turns, supply = self._turns, self._supply
        may_leave = may_leave and (self._has_spare or len(self._lines) > 1)
        self.silent = ()
        try:
            while turns.going and not self.silent:
                for one in turns.next_ones(may_block=not may_leave):
                    try:
                        for settled in one.steps:
                            if settled is None:
                                break
                            supply.settled += 1
                            yield settled
                        else:
                            turns.over(one)
                    except Exception as error:  # noqa: BLE001 - raised again when the others are finished
                        turns.over(one)
                        self._failure = self._failure or error
                        supply.end()
                if may_leave and turns.quiet_since is not None and self._is_held_up(turns.quiet_since):
                    self.silent = [one.line for one in turns.going if one.is_waiting]
                    supply.end()
        finally:
            for one in turns.going:
                if one.line not in self.silent:
                    one.steps.close()
        if self._failure is not None:
            raise self._failure

    def _is_held_up(self, since: float) -> bool:
        """Whether servers have taken unusually long, and a line is free meanwhile."""
        silence = monotonic() - since
        if silence < _SILENCE or self._failure is not None or not (self._has_spare or self._has_idle_line()):
            return False
        spent, settled = (since - self._began) * len(self._lines), self._supply.settled
        return silence > _TIMES * (spent / settled if settled else _UNKNOWN)

    def _has_idle_line(self) -> bool:
        busy = [one.line for one in self._turns.going if one.is_waiting]
        return any(line not in busy and line.client.trouble is None for line in self._lines)
