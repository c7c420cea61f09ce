"""`bin/bench control`: how long a run at full speed takes to obey, seen on the wire.

Two engine processes send to Postfix's `smtp-sink`, and one run of many is paused, resumed, slowed, freed and cancelled.
What is on the wire is read from the counters of the loopback interface, so nothing else may use it meanwhile (the
database is reached through a file or a socket in a folder).

Then all copies of it are put down as refused and tried once more, while somebody else writes as often as they can.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final

from sqlalchemy import update

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.ledger import control, decide
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.seen import engines_alive
from newsletter.ledger.start import start_due
from newsletter.ledger.states import State
from newsletter.pace.rate import read_rate
from newsletter.schema import migrate
from newsletter.staff.audit import AuditEntry
from tests import postgres
from tests.bench import crowd, send
from tests.smtp_sink import smtp_sink

_STEP: Final = 0.02  # seconds between two looks at the wire
_WATCHED: Final = 4.0  # seconds after an act
_SLOW: Final = "100/s"
_QUIET, _FULL = 2_000, 5_000_000  # octets a second: below nothing is sent, above hundreds a second are
_SLOWED: Final = 1_400_000  # twice what a hundred letters a second need

Act = Callable[[], None]


def main() -> None:
    """Print for each database and act how long the command took, and when the wire had obeyed."""
    parser = argparse.ArgumentParser(prog="bin/bench control", description=__doc__)
    parser.add_argument("--copies", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--connections", type=int, default=4)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        _measure("SQLite", f"sqlite:///{folder}/n.db", Path(folder), asked)
    with postgres.running(postgres.DURABLE) as cluster, TemporaryDirectory() as folder:
        cluster.create("bench")
        _measure("PostgreSQL", cluster.url("bench").render_as_string(hide_password=False), Path(folder), asked)


def _measure(name: str, url: str, folder: Path, asked: argparse.Namespace) -> None:
    db = Database(url)
    migrate(db)
    crowd.settle(db, asked.copies, utc_now())
    with smtp_sink() as port, send._engines(url, folder, port, asked) as processes:  # noqa: SLF001 - our own
        while len(engines_alive(db, utc_now())) < len(processes):
            time.sleep(0.5)
        run = crowd.order(db, send.LINKS, utc_now())
        start_due(db, "bench", utc_now())
        print(f"{name}, a run to {asked.copies:,}")
        _settle_down()
        _all_acts(db, run)
    _refuse(db, run)
    _retry(db, run, Database(url))
    db.close()


def _all_acts(db: Database, run: int) -> None:
    slow = read_rate(_SLOW)

    def at(rate):  # noqa: ANN001, ANN202 - a rate or none, and what sets it
        return lambda: control.change_rate(db, run, "bench", utc_now(), rate=rate)

    _tell("pause", lambda: control.pause(db, run, "bench", utc_now()), _last_above(_QUIET))
    _tell("resume", lambda: control.resume(db, run, "bench", utc_now()), _first_above(_QUIET))
    _settle_down()
    _tell(f"slow to {_SLOW}", at(slow), _last_above(_SLOWED))
    _tell("free", at(None), _first_above(_FULL))
    _settle_down()
    _tell("cancel", lambda: control.cancel(db, run, "bench", utc_now()), _last_above(_QUIET))
    began = time.monotonic()
    while not _is_over(db, run):
        time.sleep(0.1)
    print(f"  all copies marked {_WATCHED + time.monotonic() - began:.0f} s after that")


def _refuse(db: Database, run: int) -> None:
    """Put all copies of a run down as refused, as if its story had led there."""
    with db.write() as session:
        session.execute(update(Delivery).values(state=State.REFUSED, reply="550 5.7.1 not from you"))
        session.execute(update(Batch).values(tally=None, due_at=None, lease_until=None))
        session.execute(update(Run).where(Run.id == run).values(state=RunState.FINISHED))


def _retry(db: Database, run: int, other: Database) -> None:
    began = time.monotonic()
    thread = Thread(target=decide.retry_refused, args=(db, run, "bench", utc_now()))
    thread.start()
    waits = []
    while thread.is_alive():
        waits.append(_wait_to_write(other))
        time.sleep(_STEP)
    took = time.monotonic() - began
    print(
        f"  retry of all took {took:.1f} s; {len(waits):,} others wrote meanwhile and waited {max(waits):.2f} s at most"
    )


def _wait_to_write(db: Database) -> float:
    began = time.monotonic()
    with db.write() as session:
        session.add(AuditEntry(at=utc_now(), who="another", act="write", subject="this"))
    return time.monotonic() - began


def _is_over(db: Database, run: int) -> bool:
    with db.read() as session:
        return session.get_one(Run, run).finished_at is not None


Seen = list[tuple[float, float]]
"""When the wire was looked at, and how many octets a second had passed since the look before."""


def _tell(what: str, act: Act, obeyed: Callable[[Seen], float]) -> None:
    took: list[float] = []
    began = time.monotonic()

    def do() -> None:
        act()
        took.append(time.monotonic() - began)

    thread = Thread(target=do)
    thread.start()
    seen = _watch(began, _WATCHED)
    thread.join()
    print(f"  {what:<14} command {took[0]:6.2f} s, obeyed after {obeyed(seen):5.2f} s", flush=True)


def _watch(began: float, seconds: float) -> Seen:
    seen: Seen = []
    at, octets = time.monotonic(), _octets()
    while at < began + seconds:
        time.sleep(_STEP)
        now, more = time.monotonic(), _octets()
        seen.append((now - began, (more - octets) / (now - at)))
        at, octets = now, more
    return seen


def _last_above(rate: float) -> Callable[[Seen], float]:
    return lambda seen: max((at for at, octets in seen if octets > rate), default=0.0)


def _first_above(rate: float) -> Callable[[Seen], float]:
    return lambda seen: min((at for at, octets in seen if octets > rate), default=float("inf"))


def _settle_down() -> None:
    """Wait until letters have gone out at full speed for some seconds."""
    while mean([octets for _, octets in _watch(time.monotonic(), 2.0)]) < _FULL:
        pass


def _octets() -> int:
    """What the loopback interface has carried."""
    line = next(line for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("lo:"))
    return int(line.split(":")[1].split()[0])


if __name__ == "__main__":
    main()
