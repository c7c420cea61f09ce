"""Each limit alone and all together, kept by four processes on one database: SQLite, then PostgreSQL.

They only ask for slots, wait for them and note when they went; `bin/bench paced` has real engines.

"above" is by how many sends the worst window of one second or longer exceeds rate * W + 1: 0 is lawful. "below" is what
is missing from the rate. "missed" are slots whose engine woke up too late.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.pace.change import set_rate, warm_up
from newsletter.pace.meter import DayCount
from newsletter.pace.rate import read_rate
from newsletter.pace.rule import EVERY, Kind
from newsletter.pace.warming import Warming
from newsletter.schema import migrate
from tests import postgres
from tests.pace.sending import RELAY, Sent, Work, excess, mean, send_with, settled

ENGINES = 4
SECONDS = 12.0
MANY = {f"d{number}.example": 1.0 for number in range(50)}
Rates = dict[tuple[Kind, str], str]


def _set(db: Database, rates: Rates) -> None:
    for (kind, name), words in rates.items():
        set_rate(db, kind, name, read_rate(words), by="bench", now=utc_now())


def _kept_by(kind: Kind, name: str) -> Callable[[Sent], bool]:
    if kind is Kind.RUN:
        return lambda sent: sent.run_id == int(name)
    return lambda sent: kind is Kind.RELAY or sent.domain == name


def _figures(what: str, sent: Sequence[Sent], missed: int, rates: Rates, watched: Rates) -> None:
    for (kind, name), words in {**rates, **watched}.items():
        if name == EVERY:
            continue
        rate = read_rate(words).per_second
        times = [one.at for one in sent if _kept_by(kind, name)(one)]
        steady = mean([one.at for one in settled(sent, SECONDS) if _kept_by(kind, name)(one)])
        above, below = max(0.0, excess(times, rate)), 1 - steady / rate
        limit = f"{kind} {name} {words}"
        print(f"  {what:<12} {limit:<32} mean {steady:8.2f}/s  above {above:.2f}  below {below:6.2%}", end="")
        print(f"  missed {missed} of {len(sent) + missed}")


def _trial(db: Database, what: str, rates: Rates, works: Sequence[Work], watched: Rates | None = None) -> None:
    _set(db, rates)
    sent, missed = send_with(db.engine.url.render_as_string(hide_password=False), works)
    _figures(what, sent, missed, rates, watched or {})


def _count(db: Database) -> None:
    set_rate(db, Kind.ACCOUNT, EVERY, read_rate("7/d"), by="bench", now=utc_now())
    warm_up(db, RELAY, Warming(utc_now().date(), 150, 2, 1000), by="bench", now=utc_now())
    works = [Work(1, MANY, 3.0, seed, accounts=40) for seed in range(ENGINES)]
    sent, missed = send_with(db.engine.url.render_as_string(hide_password=False), works)
    with db.read() as session:
        counts = dict(session.execute(select(DayCount.key, DayCount.count)).all())
    relay = counts.pop(f"relay {RELAY}")
    print(f"  by the day: 7/d for each of 40 accounts: at most {max(counts.values())}, warm-up of 150: {relay}", end="")
    print(f", sent {len(sent)}, missed {missed}")


def _all_on(db_of: Callable[[str], Database]) -> None:
    even = [Work(1, MANY, SECONDS, seed) for seed in range(ENGINES)]
    to_one = [Work(1, {"big.example": 1, **MANY}, SECONDS, seed) for seed in range(ENGINES)]
    two_runs = [
        Work(run, {"slow.example": 5, "big.example": 20, **MANY}, SECONDS, seed)
        for seed, run in enumerate((1, 1, 2, 2))
    ]
    for number, words in enumerate(("5/s", "50/s", "1000/s", "3000/h")):
        _trial(db_of(f"relay{number}"), "relay alone", {(Kind.RELAY, RELAY): words}, even)
    _trial(db_of("domain"), "domain alone", {(Kind.DOMAIN, "big.example"): "30/s"}, to_one)
    _trial(db_of("run"), "run alone", {(Kind.RUN, "1"): "300/s"}, even)
    together: Rates = {
        (Kind.RELAY, RELAY): "600/s",
        (Kind.RUN, "1"): "200/s",
        (Kind.DOMAIN, "big.example"): "100/s",
        (Kind.DOMAIN, "slow.example"): "20/s",
        (Kind.DOMAIN, EVERY): "60/s",
    }
    _trial(db_of("together"), "together", together, two_runs)
    _count(db_of("days"))


def main() -> None:
    """Print the figures of both databases."""
    with TemporaryDirectory() as folder, postgres.running() as cluster:

        def sqlite(name: str) -> Database:
            db = Database(f"sqlite:///{Path(folder) / name}.db")
            migrate(db)
            return db

        def postgresql(name: str) -> Database:
            cluster.create(name)
            db = Database(cluster.url(name))
            migrate(db)
            return db

        for name, db_of in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            print(f"{name}, {ENGINES} engines, {timedelta(seconds=SECONDS)} each")
            _all_on(db_of)


main()
