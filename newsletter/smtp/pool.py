"""Which relay takes the next batch, and over how many connections: more while all goes well, fewer at trouble."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.smtp.relay import Relay

CALM = 10.0  # seconds without trouble before a relay gets another connection
SHORTEST_REST, LONGEST_REST = 0.5, 30.0  # seconds a relay is left alone that cannot be reached


@dataclass
class _Standing:
    """How a relay is doing. Times are monotonic seconds."""

    weight: int
    most: int
    allowed: int = 1
    busy: int = 0
    done: float = 0.0  # copies taken since all relays began even, divided by the weight
    troubled_at: float = float("-inf")
    rests_until: float = float("-inf")
    rest: float = 0.0

    def is_up(self, now: float) -> bool:
        return now >= self.rests_until

    def has_seat(self) -> bool:
        return self.busy < self.allowed


class Pool:
    """The seats at our relays: a sender takes one for a batch and gives it back. For any number of threads.

    `most` is the number of connections a relay gets that names none itself. Copies go to the relays in the ratio of
    their weights; one that cannot keep up holds the others back in nothing. A relay of weight 0 is a reserve, used
    while no other can be reached.
    """

    def __init__(self, relays: Sequence[Relay], most: int) -> None:
        self._standings = {relay.name: _Standing(relay.weight, relay.connections or most) for relay in relays}
        self._lock = threading.Lock()

    def has_seat(self, name: str, now: float) -> bool:
        """Whether this relay may take a batch now."""
        mine = self._standings[name]
        return mine.is_up(now) and mine.has_seat() and self._is_in_turn(mine, now)

    def take(self, name: str, now: float) -> bool:
        """The same; if so the seat is the caller's until `give` or `fail`."""
        with self._lock:
            is_free = self.has_seat(name, now)
            if is_free:
                self._standings[name].busy += 1
            return is_free

    def note(self, name: str, copies: int, now: float, *, is_troubled: bool, has_time: bool) -> None:
        """Learn from some copies sent in one seat. `has_time`: this process could do more than it does."""
        with self._lock:
            mine = self._standings[name]
            if copies:
                mine.rest = 0.0
                mine.done += copies / max(mine.weight, 1)
            if is_troubled:
                self._shrink(mine, now)
            elif copies and not mine.has_seat() and has_time and now - mine.troubled_at > CALM:
                mine.allowed = min(mine.most, mine.allowed + 1)

    def give(self, name: str) -> None:
        """Give a seat back."""
        with self._lock:
            self._standings[name].busy -= 1

    def fail(self, name: str, now: float) -> None:
        """Give a seat back because the relay could not be reached, or let nobody in."""
        with self._lock:
            mine = self._standings[name]
            mine.busy -= 1
            self._shrink(mine, now)
            if mine.busy == 0:  # else it only wants fewer connections
                mine.rest = min(LONGEST_REST, mine.rest * 2 or SHORTEST_REST)
                mine.rests_until = now + mine.rest
                self._begin_even()

    def allowed(self, name: str) -> int:
        """How many connections a relay gets now."""
        return self._standings[name].allowed

    def _is_in_turn(self, mine: _Standing, now: float) -> bool:
        others = [other for other in self._standings.values() if other is not mine and other.is_up(now)]
        if mine.weight == 0:
            return not any(other.weight for other in others)
        return not any(other.weight and other.done < mine.done and other.has_seat() for other in others)

    def _shrink(self, mine: _Standing, now: float) -> None:
        # Connections that broke together are one trouble, not many.
        if now - mine.troubled_at > 1.0:
            mine.allowed = max(1, mine.allowed // 2)
        mine.troubled_at = now

    def _begin_even(self) -> None:
        """Forget who did how much: a relay that comes back must not make up for the time it was away."""
        for standing in self._standings.values():
            standing.done = 0.0
