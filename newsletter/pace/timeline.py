"""The slots of one limit, as GCRA spaces them, with those kept that were jumped over.

A copy that several limits hold back leaves at a time that suits all of them, so it jumps over slots of the faster ones.
If those were lost, one slow domain would hold back the whole relay for every second in which it has a copy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from newsletter.pace.rate import Spacing

SECOND = 1_000_000_000
HORIZON = SECOND
"""How far ahead slots are given, in nanoseconds: how long a changed rate may go unheeded, and what a crash may cost."""

_STEP_BACK = SECOND // 10  # a newest slot may lie so much beyond it, and so may a clock that was set right by little

Hole = tuple[int, int]
"""The first of so many free slots, a step apart."""


@dataclass(slots=True)
class Timeline:
    """The slots of one limit. `last` is the newest slot given; `holes` are free slots before it, ascending.

    `is_dear`: somebody wants each of them, so that what is lost between two is missed. All times are nanoseconds of one
    clock. Slots given are never closer together than `spacing.step`.
    """

    spacing: Spacing
    last: int
    holes: list[Hole] = field(default_factory=list)
    is_dear: bool = False
    given: int = 0
    has_healed: bool = False

    @classmethod
    def from_kept(cls, spacing: Spacing, last: int, step: int, holes: Iterable[Hole], now: int) -> "Timeline":
        """What was kept, as far as it still counts.

        Holes were laid out for the step of their time. A newest slot beyond the horizon was given by a clock that was
        wrong; what it gave away may still be on its way, for one horizon.
        """
        is_sane = last <= now + HORIZON + _STEP_BACK
        line = cls(spacing, last if is_sane else now + HORIZON, has_healed=not is_sane)
        if is_sane and step == spacing.step:
            line.holes = [hole for hole in holes if hole[0] + (hole[1] - 1) * step >= now - spacing.hit]
        return line

    @property
    def next(self) -> int:
        """The first slot after all that were given."""
        return self.last + self.spacing.step

    def fit(self, at: int) -> int:
        """The earliest time from `at` on that has a slot."""
        if not self.holes:
            return max(at, self.next)
        hole = self._hole(at - self.spacing.hit)
        return max(at, self.next if hole is None else hole[1])

    def free(self, begin: int, end: int) -> int:
        """How many slots are free from `begin` to `end`."""
        step = self.spacing.step
        runs = [*self.holes, (self.next, max(0, (end - self.next) // step + 1))]
        return sum(
            max(0, min(count - 1, (end - first) // step) - max(0, -((first - begin) // step)) + 1)
            for first, count in runs
        )

    def lost(self, at: int) -> int:
        """How much time of a dear limit would never be used if the copy that asks went at `at`."""
        if not self.is_dear or at < self.next or self._hole(at - self.spacing.hit) is not None:
            return 0
        return max(0, (at - self.next) % self.spacing.step - self.spacing.hit)

    def following(self, at: int) -> int:
        """The first time after `at` at which nothing is lost."""
        return at + self.spacing.step - (at - self.next) % self.spacing.step

    def take(self, at: int, now: int) -> int:
        """Use up a slot for a send at `at`, which `fit` has found; the slot."""
        self.given += 1
        hole = self._hole(at - self.spacing.hit) if self.holes else None
        if hole is not None and hole[1] <= at:
            self._fill(*hole)
            return hole[1]
        return self._jump(at, now)

    def _hole(self, floor: int) -> tuple[int, int] | None:
        """The first free slot from `floor` on: the index of its hole, and its time."""
        step = self.spacing.step
        for index, (first, count) in enumerate(self.holes):
            if first + (count - 1) * step >= floor:
                return index, first + max(0, -((first - floor) // step)) * step
        return None

    def _fill(self, index: int, slot: int) -> None:
        first, count = self.holes[index]
        before = (slot - first) // self.spacing.step
        rest = [(first, before), (slot + self.spacing.step, count - before - 1)]
        self.holes[index : index + 1] = [hole for hole in rest if hole[1]]

    def _jump(self, at: int, now: int) -> int:
        """The newest slot that suits `at`; those jumped over that may still be of use become a hole."""
        spacing, following = self.spacing, self.next
        jumped = (at - following) // spacing.step
        slot = max(following + jumped * spacing.step, at - spacing.hit)
        past = max(0, -((following - (now - spacing.hit)) // spacing.step))
        if jumped > past:
            self.holes.append((following + past * spacing.step, jumped - past))
        self.last = slot
        return slot


def meet(lines: Sequence[Timeline], start: int, end: int) -> int | None:
    """The earliest time from `start` to `end` at which all have a slot, or a little later if less is lost then.

    None where there is no such time.
    """
    at, agreed = start, 0
    while agreed < len(lines) and at <= end:
        agreed = 0
        for line in lines:
            fits = line.fit(at)
            agreed = agreed + 1 if fits == at else 1  # this one at least, at its own time
            at = fits
    if at > end:
        return None
    return _better(lines, at, end) if len(lines) > 1 and any(line.is_dear for line in lines) else at


def _better(lines: Sequence[Timeline], at: int, end: int) -> int:
    others = (line.following(at) for line in lines if line.lost(at))
    times = [at, *(time for time in others if time <= end and all(line.fit(time) == time for line in lines))]
    return min(times, key=lambda time: sum(line.lost(time) for line in lines)) if len(times) > 1 else at
