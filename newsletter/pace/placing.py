"""Giving slots to the copies of one claim, from what the locked books have."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.pace.admission import Admission, Later, Reason, Slot, Wish
from newsletter.pace.books import Books, span_of
from newsletter.pace.plan import AHEAD, LOOK_AGAIN, Planner
from newsletter.pace.timeline import HORIZON, SECOND, Timeline, meet

_SOONEST = timedelta(milliseconds=50)
_LEAD = 8_000_000  # nanoseconds: before a claim is committed, which waits for the disk, nothing goes on a wire
_NO_END = float("inf")
_PRESSED, _DEAR = 0.4, 0.75  # shares of a rate that are in use

# How far ahead a copy may reserve slots of limits it shares with others. Who is held back by a limit of their own has
# few slots to choose from, and would lose them if everybody else had filled the relay by then. Half of the far slots
# are left alone.
USUAL, RUN_HELD, DOMAIN_HELD = HORIZON // 2, HORIZON * 3 // 4, HORIZON


def place(planner: Planner, wishes: Sequence[Wish], books: Books) -> Admission:
    """Slots for as many copies as the books have some for; what is given is taken from the books."""
    return _Placing(planner, books).go(wishes)


@dataclass(slots=True)
class _Placing:
    planner: Planner
    books: Books
    admission: Admission = field(default_factory=Admission)
    shared: list[Timeline] = field(default_factory=list)
    far_room: int = 0
    warm_up_most: int | None = None
    is_day_over: bool = False  # nearly: what is counted by the day gets no slot that may come after midnight
    waiting: dict[str, int] = field(default_factory=dict)

    def go(self, wishes: Sequence[Wish]) -> Admission:
        errand, lines = self.planner.errand, self.books.timelines
        self.shared = [lines[key] for key in (f"relay {errand.relay}", f"run {errand.run_id}") if key in lines]
        self.far_room = self._far_room(lines.get(f"relay {errand.relay}"))
        self.warm_up_most = self.planner.warm_up_most
        self.is_day_over = self.planner.now + AHEAD >= self.planner.tomorrow
        used = {key: self._used(key) for key in lines}
        for key, line in lines.items():
            line.is_dear = used[key] >= _DEAR
        held = {key for key in lines if used[key] >= _PRESSED}
        usual = RUN_HELD if f"run {errand.run_id}" in held else USUAL
        for wish in self._after_held(wishes, held):
            if self._is_used_up() or not self._place(wish, usual):
                break
        return self.admission

    def _after_held(self, wishes: Sequence[Wish], held: set[str]) -> list[Wish]:
        """Place copies that the limit of their domain holds back, the slowest first; the rest, in the order given.

        Among the rest they are no more than others: two large domains must not keep a relay to themselves.
        """
        lines, placed = self.books.timelines, set[int]()
        first = [wish for wish in wishes if f"domain {wish.domain}" in held] if held else []
        first.sort(key=lambda wish: lines[f"domain {wish.domain}"].spacing.step, reverse=True)
        for wish in first:
            if self._is_used_up():
                return []
            if self._may_go_far(lines[f"domain {wish.domain}"]):
                self._place(wish, DOMAIN_HELD)
                placed.add(wish.delivery_id)
        return [wish for wish in wishes if wish.delivery_id not in placed] if placed else [*wishes]

    @property
    def start(self) -> int:
        """The first time a copy of this claim can go."""
        return self.books.tick.shared + _LEAD

    def _used(self, key: str) -> float:
        """Which share of a limit is in use of late."""
        now, step = self.books.tick.shared, self.books.timelines[key].spacing.step
        return self.books.measured[key].recent(now, span_of(step)) * step / SECOND

    def _far_room(self, relay: Timeline | None) -> int:
        """How many far slots of the relay may still be given; nobody is kept from it by what one run alone has."""
        if relay is None:
            return HORIZON
        return relay.free(self.start + USUAL, self.start + HORIZON) - (HORIZON - USUAL) // relay.spacing.step // 2

    def _may_go_far(self, own: Timeline) -> bool:
        if not self.shared:
            return True
        room, relay = self.far_room, self.shared[0].spacing.step
        if own.spacing.step >= 10 * relay:
            room += (HORIZON - USUAL) // relay // 4  # so slow a domain takes little, and has nothing else
        return room > 0

    def _place(self, wish: Wish, reach: int) -> bool:
        """Whether there is any use in placing more that reach as far."""
        own = self.books.timelines.get(f"domain {wish.domain}")
        most = self.planner.limits.account_most(wish.account_id) if self.books.counts else None
        if most is not None and not self._has_room(f"account {wish.account_id}", most):
            self._put_off(wish, self.planner.tomorrow, Reason.ACCOUNT, f"the account has had its {most} of today")
            return True
        lines = [*self.shared, own] if own else self.shared
        if not lines:
            self._admit(wish, Slot(self.books.tick.local, _NO_END))
            return True
        start = self.start
        end = start + (reach if self.shared else HORIZON)
        at = meet(lines, start, end)
        if at is not None:
            self.far_room -= at > start + USUAL
            self._admit(wish, self._slot(lines, at))
            return True
        if own is None or any(line.fit(start) > end for line in self.shared):
            self._stop(end)
            return False
        self._queue(wish, own)
        return True

    def _slot(self, lines: Sequence[Timeline], at: int) -> Slot:
        tick = self.books.tick
        latest = tick.shared + AHEAD // timedelta(microseconds=1) * 1000  # so far the hours were looked at
        for line in lines:
            latest = min(latest, line.take(at, self.start) + line.spacing.leeway)
        begin = tick.local - tick.shared / SECOND
        return Slot(begin + at / SECOND + tick.fuzz, begin + latest / SECOND - tick.fuzz)

    def _admit(self, wish: Wish, slot: Slot) -> None:
        self.admission.slots[wish.delivery_id] = slot
        if self.books.counts:
            for key in (f"account {wish.account_id}", f"relay {self.planner.errand.relay}"):
                if key in self.books.counts:
                    self.books.counts[key] += 1

    def _has_room(self, key: str, most: int) -> bool:
        """Whether today has room for one more."""
        return not self.is_day_over and self.books.counts[key] < most

    def _is_used_up(self) -> bool:
        most = self.warm_up_most
        if most is None or self._has_room(f"relay {self.planner.errand.relay}", most):
            return False
        self.admission.stop = Later(self.planner.tomorrow, Reason.WARM_UP, f"warm-up of today used up: {most} copies")
        return True

    def _stop(self, end: int) -> None:
        start = self.start
        full = max(self.shared, key=lambda line: line.fit(start))
        key = next(key for key, line in self.books.timelines.items() if line is full)
        reason = Reason.RUN if key.startswith("run ") else Reason.RELAY
        rate = self.planner.rates(())[key]
        # Who got slots comes back when half of them are used, who got none at once: else they starve who come first.
        last = max((slot.not_before for slot in self.admission.slots.values()), default=self.books.tick.local)
        half = int((last - self.books.tick.local) / 2 * SECOND)
        until = self._after(max(half, full.fit(start) - end))
        self.admission.stop = Later(until, reason, f"{reason} {rate} reached")

    def _queue(self, wish: Wish, own: Timeline) -> None:
        """Behind those of its domain that this claim has seen, so that it comes back when its turn is near."""
        ahead = self.waiting.get(wish.domain, 0)
        self.waiting[wish.domain] = ahead + 1
        wait = own.fit(self.books.tick.shared) + ahead * own.spacing.step - self.books.tick.shared - HORIZON // 2
        rate = self.planner.limits.domain_rate(wish.domain, self.planner.now)
        self._put_off(wish, self._after(wait), Reason.DOMAIN, f"domain rate {rate} of {wish.domain}")

    def _put_off(self, wish: Wish, until: datetime, reason: Reason, why: str) -> None:
        self.admission.later[wish.delivery_id] = Later(until, reason, why)

    def _after(self, wait: int) -> datetime:
        return self.planner.now + min(LOOK_AGAIN, max(_SOONEST, timedelta(microseconds=wait // 1000)))
