"""Engines that only ask, wait and note the time, and the law their sends are held to."""

import heapq
import json
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from subprocess import PIPE, Popen

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.errors import Unavailable
from newsletter.pace.admission import Errand, Slot, Wish
from newsletter.pace.admit import admit
from newsletter.pace.limits import Limits, limits_in_force

RELAY = "relay.acme.example"
_CHUNK = 200
_SOON = 0.02


@dataclass(frozen=True, slots=True)
class Work:
    """What one engine has: copies of a run without end, to domains by their share, and for how many seconds."""

    run_id: int
    domains: dict[str, float]
    seconds: float
    seed: int = 0
    accounts: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """One send, by the machine's monotonic clock."""

    at: float
    run_id: int
    domain: str


@dataclass
class Engine:
    """A thread that claims ahead and a thread that sends, as a real engine has them."""

    db: Database
    work: Work
    sent: list[Sent] = field(default_factory=list)
    late: int = 0
    _timed: list[tuple[Slot, int, str]] = field(default_factory=list)
    _free: deque[str] = field(default_factory=deque)
    _stopping: bool = False

    def run(self) -> None:
        """Until the seconds are over."""
        claimer = threading.Thread(target=self._claim_on)
        claimer.start()
        end = time.monotonic() + self.work.seconds
        while time.monotonic() < end:
            self._send_next()
        self._stopping = True
        claimer.join()

    def _send_next(self) -> None:
        """A copy whose time has come, else one that has no time, because it may wait."""
        now = time.monotonic()
        if self._timed and self._timed[0][0].not_before <= now:
            slot, _, domain = heapq.heappop(self._timed)
            if now > slot.not_after:
                self.late += 1
            else:
                self.sent.append(Sent(now, self.work.run_id, domain))
        elif self._free:
            self.sent.append(Sent(now, self.work.run_id, self._free.popleft()))
            time.sleep(0.0005)  # the wire has a speed, too
        else:
            time.sleep(min(0.002, max(0.0, self._timed[0][0].not_before - now)) if self._timed else 0.002)

    def _claim_on(self) -> None:
        known, wishes = None, self._wishes()
        while not self._stopping:
            rest = _SOON
            if len(self._timed) + len(self._free) < 2 * _CHUNK:
                with suppress(Unavailable):
                    known, rest = self._claim(known, [next(wishes) for _ in range(_CHUNK)])
            time.sleep(rest)

    def _claim(self, known: Limits | None, wishes: Sequence[Wish]) -> tuple[Limits, float]:
        with self.db.write() as session:
            known = limits_in_force(session, known)
            now = utc_now()
            admission = admit(session, known, Errand(self.work.run_id, RELAY, "UTC"), wishes, now)
        domains = {wish.delivery_id: wish.domain for wish in wishes}
        for id_, slot in admission.slots.items():
            if slot.not_after == float("inf"):
                self._free.append(domains[id_])
            else:
                heapq.heappush(self._timed, (slot, id_, domains[id_]))
        rest = (admission.stop.until - utc_now()).total_seconds() if admission.stop else _SOON
        return known, min(0.2, max(rest, 0.001))

    def _wishes(self) -> Iterator[Wish]:
        dice = random.Random(self.work.seed)  # noqa: S311 - a seeded die, no secret
        names, shares = [*self.work.domains], [*self.work.domains.values()]
        for number in count():
            account = dice.randrange(self.work.accounts) if self.work.accounts else None
            yield Wish(number, dice.choices(names, shares)[0], account)


def send_with(url: str, works: Sequence[Work]) -> tuple[list[Sent], int]:
    """Everything sent by one process for each work, all at once, and how many slots were missed."""
    command = [sys.executable, "-m", "tests.pace.sending", url]
    engines = [Popen([*command, json.dumps(asdict(work))], stdout=PIPE) for work in works]
    answers = [json.loads(engine.communicate()[0]) for engine in engines]
    sent = [Sent(*one) for answer in answers for one in answer["sent"]]
    return sorted(sent, key=lambda one: one.at), sum(answer["late"] for answer in answers)


def excess(times: Sequence[float], rate: float) -> float:
    """By how many sends the worst window of one second or longer is above rate * W + 1; 0 or less is lawful."""
    worst, lowest, first = -1.0, float("inf"), 0
    for number, at in enumerate(times):
        while times[first] < at - 1:  # windows longer than a second begin before
            lowest = min(lowest, first - rate * times[first])
            first += 1
        worst = max(worst, number - first - rate, number - rate * at - lowest)
    return worst


def mean(times: Sequence[float]) -> float:
    """Sends a second between the first and the last."""
    return (len(times) - 1) / (times[-1] - times[0])


def settled(sent: Sequence[Sent], seconds: float) -> list[Sent]:
    """What was sent while all engines were at work: without the first second and the end, when some have stopped."""
    begin = sent[0].at
    return [one for one in sent if 1 <= one.at - begin < seconds - 0.5]


def main() -> None:
    """Be one engine: the database's URL and the work as JSON; prints what it sent."""
    url, work = sys.argv[1:]
    sys.setswitchinterval(0.0005)  # a claim that computes must not keep a copy from its slot
    db = Database(url)
    engine = Engine(db, Work(**json.loads(work)))
    engine.run()
    db.close()
    sys.stdout.write(json.dumps({"late": engine.late, "sent": [[s.at, s.run_id, s.domain] for s in engine.sent]}))


if __name__ == "__main__":
    main()
