"""Copies of several batches that have times to go at, and their way over the lines of a thread."""

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from newsletter.bulletin.values import Reader
from newsletter.engine.copies import Copies, TakenBackError
from newsletter.engine.round import signed
from newsletter.ledger.claim import Claimed
from newsletter.message.dkim import DkimSigner
from newsletter.pace.admission import Slot
from newsletter.smtp.copy import Copy
from newsletter.smtp.outcome import Kind
from newsletter.smtp.stream import Settled

_NO_END = float("inf")
_ANY_TIME = Slot(0.0, _NO_END)

_LOOK_AFTER = 0.006  # seconds between two looks for copies that were claimed meanwhile
_AT_ONCE = 8  # letters set and signed before the first of them goes: more would let the time of others pass


class _Timed(NamedTuple):
    not_before: float
    number: int  # in which order they came
    not_after: float
    copies: Copies
    copy: Claimed
    reader: Reader | None


class Waiting:
    """Copies that wait for their time. One thread adds, another takes."""

    def __init__(self) -> None:
        self._numbers = count()
        self._arrived: deque[_Timed] = deque()
        self._timed: list[_Timed] = []
        self._free: deque[_Timed] = deque()

    def add(
        self, copies: Copies, chunk: Iterable[Claimed], people: Mapping[int, Reader], slots: Mapping[int, Slot]
    ) -> None:
        """Have these go in their slots."""
        for copy in chunk:
            copies.take(copy)
            not_before, not_after = slots.get(copy.id, _ANY_TIME)
            reader = people.get(copy.person_id)
            self._arrived.append(_Timed(not_before, next(self._numbers), not_after, copies, copy, reader))

    def due(self, now: float) -> list[_Timed]:
        """Some whose time has come (monotonic), in its order; those that may go at any time if there are none."""
        self._sort_in()
        found: list[_Timed] = []
        while self._timed and self._timed[0].not_before <= now and len(found) < _AT_ONCE:
            found.append(heapq.heappop(self._timed))
        return found or [self._free.popleft() for _ in range(min(_AT_ONCE, len(self._free)))]

    def next_at(self) -> float:
        """When the next one's time comes."""
        self._sort_in()
        if self._free:
            return 0.0
        return self._timed[0].not_before if self._timed else float("inf")

    def put_back_all(self) -> None:
        """Have them sent another time."""
        self._sort_in()
        for timed in (*self._timed, *self._free):
            if timed.copy.id in timed.copies.open:
                timed.copies.put_back(timed.copy)
        self._timed.clear()
        self._free.clear()

    def _sort_in(self) -> None:
        while self._arrived:
            one = self._arrived.popleft()
            if one.not_after == _NO_END:
                self._free.append(one)
            else:
                heapq.heappush(self._timed, one)


@dataclass
class Trip:
    """What goes over the lines until they are to be left in peace for a moment."""

    waiting: Waiting
    signer: DkimSigner | None
    is_over: Callable[[], bool]
    settled: int = field(default=0, init=False)
    accepted: int = field(default=0, init=False)
    next_at: float = field(default=0.0, init=False)  # monotonic: when there may be another
    _ready: deque[tuple[_Timed, Copy]] = field(default_factory=deque, init=False)
    _on_way: dict[int | None, Copies] = field(default_factory=dict, init=False)  # given to the lines, and not settled

    def letters(self) -> Iterator[Copy | None]:
        """Each copy when its time has come; None when that of the next has not."""
        while not self.is_over():
            if not self._ready:
                self._get_ready()
            if not self._ready:
                self.next_at = min(self.waiting.next_at(), time.monotonic() + _LOOK_AFTER)
                yield None
                continue
            timed, letter = self._ready.popleft()
            if self._may_go(timed):
                self._on_way[letter.key] = timed.copies
                yield letter

    def last_look(self, key: int) -> None:
        """Raises TakenBackError where a copy is not to be sent after all."""
        copies = self._on_way.get(key)
        if copies is None:
            raise TakenBackError
        copies.last_look(key)

    def take_in(self, stream: Settled) -> None:
        """Note what becomes of the copies."""
        try:
            with closing(stream):
                for copy, outcome in stream:
                    if copies := self._on_way.pop(copy.key, None):
                        copies.settle(copy.key, outcome)
                        self.settled += 1
                        self.accepted += outcome.kind is Kind.ACCEPTED
        except TakenBackError:
            for copies in self._on_way.values():
                copies.settle_dropped()

    def end(self) -> None:
        """Have what did not go out sent another time, but what is on a wire to a silent server."""
        for timed, _ in self._ready:
            if timed.copy.id in timed.copies.open:
                timed.copies.put_back(timed.copy)
        self._ready.clear()
        for key, copies in [*self._on_way.items()]:
            if key not in copies.on_wire:
                del self._on_way[key]
                copies.put_back_unsent({key})

    def _get_ready(self) -> None:
        by_time = [
            (timed, letter)
            for timed in self.waiting.due(time.monotonic())
            if (letter := timed.copies.set(timed.copy, timed.reader, timed.copies.clock())) is not None
        ]
        if self.signer is not None and by_time:
            now = by_time[0][0].copies.clock()
            letters = signed(self.signer, [letter for _, letter in by_time], now)
            by_time = [(timed, letter) for (timed, _), letter in zip(by_time, letters, strict=True)]
        self._ready.extend(by_time)

    def _may_go(self, timed: _Timed) -> bool:
        copies, key = timed.copies, timed.copy.id
        if not copies.is_wanted(key):
            copies.settle_dropped()
        elif time.monotonic() <= timed.not_after:
            return True
        else:
            copies.late += 1
            copies.put_back(timed.copy)
        return False
