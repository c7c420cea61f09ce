"""Engines that share books in memory and a clock of their own: minutes of sending in a second."""

import heapq
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from newsletter.pace.admission import Admission, Errand, Later, Wish
from newsletter.pace.books import Books, Measured, span_of
from newsletter.pace.limits import Limits
from newsletter.pace.placing import place
from newsletter.pace.plan import Planner
from newsletter.pace.tick import Tick
from newsletter.pace.timeline import SECOND, Hole, Timeline
from tests.pace.sending import RELAY, Sent

BEGIN = datetime(2026, 11, 21, 9, tzinfo=UTC)
_LONG_AGO = -(2**62)
_CHUNK = 100


@dataclass
class Shelf:
    """The books between two claims."""

    limits: Limits
    lines: dict[str, tuple[int, int, list[Hole], Measured]] = field(default_factory=dict)
    counts: dict[tuple[str, object], int] = field(default_factory=dict)

    def claim(self, run_id: int, wishes: Sequence[Wish], at: float) -> Admission:
        """What an engine gets `at` seconds after the beginning."""
        planner = Planner(self.limits, Errand(run_id, RELAY, "UTC"), BEGIN + timedelta(seconds=at))
        may_go, later = planner.allowed(wishes)
        books = Books(Tick(int((1000 + at) * SECOND), at))
        for key, rate in planner.rates(may_go).items():
            new: tuple[int, int, list[Hole], Measured] = (_LONG_AGO, 0, [], Measured(_LONG_AGO, 0, 0))
            last, step, holes, books.measured[key] = self.lines.get(key, new)
            books.timelines[key] = Timeline.from_kept(rate.spacing, last, step, holes, now=books.tick.shared)
        for key in planner.counted(may_go):
            books.counts[key] = self.counts.get((key, planner.day), 0)
        admission = place(planner, may_go, books)
        admission.later |= later
        self._keep(books, planner)
        return admission

    def _keep(self, books: Books, planner: Planner) -> None:
        for key, line in books.timelines.items():
            if line.given or line.has_healed:
                step = line.spacing.step
                measured = books.measured[key].and_now(line.given, books.tick.shared, span_of(step))
                self.lines[key] = (line.last, step, line.holes, measured)
        self.counts |= {(key, planner.day): count for key, count in books.counts.items()}


def rest_of(stop: Later | None, at: float) -> float:
    """How long an engine waits before it claims again."""
    wait = (stop.until - BEGIN).total_seconds() - at if stop else 0.02
    return min(0.2, max(wait, 0.001))


def endless(
    limits: Limits, works: Sequence[tuple[int, Mapping[str, float]]], seconds: float, *, chunk: int = 200, seed: int = 0
) -> list[Sent]:
    """What engines send that have copies without end: for each a run, and domains by their share."""
    dice, shelf, sent = random.Random(seed), Shelf(limits), []  # noqa: S311 - a seeded die, no secret
    turns = [(dice.random(), engine) for engine in range(len(works))]
    heapq.heapify(turns)
    while turns[0][0] < seconds:
        at, engine = heapq.heappop(turns)
        run_id, domains = works[engine]
        chosen = dice.choices([*domains], [*domains.values()], k=chunk)
        admission = shelf.claim(run_id, [Wish(number, domain) for number, domain in enumerate(chosen)], at)
        sent += [Sent(slot.not_before, run_id, chosen[number]) for number, slot in admission.slots.items()]
        heapq.heappush(turns, (at + rest_of(admission.stop, at) + dice.random() * 0.01, engine))
    return sorted((one for one in sent if one.at < seconds), key=lambda one: one.at)


def until_done(
    limits: Limits,
    copies: Sequence[tuple[str, tuple[str, ...]]],
    *,
    begin: float = 0,
    engines: int = 4,
    pause: float = 0,
) -> list[float]:
    """When each copy (domain, zones) of run 1 goes, in seconds; an engine needs `pause` seconds for each claim."""
    shelf, sent = Shelf(limits), []
    due, later = [*range(len(copies))], list[tuple[float, int]]()
    turns = [(begin + engine / 100, engine) for engine in range(engines)]
    while due or later:
        at, engine = heapq.heappop(turns)
        at = at if due else max(at, later[0][0])
        while later and later[0][0] <= at:
            heapq.heappush(due, heapq.heappop(later)[1])
        mine = [heapq.heappop(due) for _ in range(min(_CHUNK, len(due)))]  # by id, as the ledger claims
        admission = shelf.claim(1, [Wish(number, copies[number][0], None, copies[number][1]) for number in mine], at)
        sent += [slot.not_before for slot in admission.slots.values()]
        for number in mine:
            if number in admission.later:
                heapq.heappush(later, ((admission.later[number].until - BEGIN).total_seconds(), number))
            elif number not in admission.slots:
                heapq.heappush(due, number)
        wait = (admission.stop.until - BEGIN).total_seconds() - at if admission.stop else 0
        heapq.heappush(turns, (at + max(0.001, pause, wait), engine))
    return sorted(sent)
