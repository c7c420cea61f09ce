"""Which of several lines can do its next step. One call to the system tells of all of them."""

import select
from collections.abc import Container, Iterable, Iterator
from math import ceil
from time import monotonic

from newsletter.engine.line import Line
from newsletter.engine.supply import Supply
from newsletter.smtp.stream import Steps

_LOOK_EVERY, _LOOK_OFTEN = 1000, 200  # milliseconds, while no server answers: whether one has been silent for too long


class Going:
    """A line on its way through copies. `number` is what the system's poll knows its connection by."""

    __slots__ = ("client", "is_waiting", "line", "number", "steps")

    def __init__(self, line: Line, steps: Steps) -> None:
        self.line, self.client, self.steps = line, line.client, steps
        self.number = line.client.fileno()
        self.is_waiting = False


class Turns:
    """Whose turn it is, until all are `over`."""

    def __init__(self, going: Iterable[tuple[Line, Steps]], supply: Supply) -> None:
        self.going = [Going(line, steps) for line, steps in going]
        self._supply = supply
        self._answers = select.poll()
        self.quiet_since: float | None = None
        """Since when (monotonic) there is nothing to do but to wait for servers; None while there is."""
        for one in self.going:
            if one.number >= 0:
                self._answers.register(one.number, select.POLLIN)

    def over(self, one: Going) -> None:
        """Let one go no further."""
        self.going.remove(one)
        if one.number >= 0:
            self._answers.unregister(one.number)

    def next_ones(self, *, may_block: bool = True) -> Iterator[Going]:
        """Each that can do its next step; where none can, wait a while for one.

        A single one may as well wait itself where it `may_block`: then its step takes as long as its server.
        """
        if may_block and len(self.going) == 1 and not self._supply.is_timed:
            yield from _stepped(self.going)
            return
        # To ask each, and be told by an exception that nothing is there, takes a twentieth of the time of a letter.
        heard = {number for number, _ in self._answers.poll(0)}
        stands_still = True
        for one in tuple(self.going):
            if self._can_go(one, heard):
                stands_still = False
                yield one
                one.is_waiting = one.client.is_waiting()
        if not stands_still:
            self.quiet_since = None
        elif not self._supply.looks_ahead():
            pause = self._supply.pauses_for()
            # Whoever waits for the time of the next copy is not held up by a server.
            self.quiet_since = None if pause is not None else self.quiet_since or monotonic()
            longest = _LOOK_EVERY if may_block else _LOOK_OFTEN
            yield from self._awaited(longest if pause is None else min(longest, ceil(pause * 1000)))

    def _can_go(self, one: Going, heard: Container[int]) -> bool:
        if not one.is_waiting:
            return self._supply.may_be_asked()
        return one.number in heard and one.client.is_answered()

    def _awaited(self, milliseconds: int) -> Iterator[Going]:
        """Wait for an answer; where none comes, give those that have been silent for too long.

        So long waits an answer that OpenSSL has read behind another one: the system's poll does not know of it.
        """
        waiting = [one for one in self.going if one.is_waiting]
        answers = select.poll()
        for one in waiting:
            answers.register(one.number, select.POLLIN)
        if not answers.poll(milliseconds):
            yield from _stepped([one for one in waiting if one.client.is_answered()])


def _stepped(ones: Iterable[Going]) -> Iterator[Going]:
    for one in tuple(ones):
        yield one
        one.is_waiting = one.client.is_waiting()
