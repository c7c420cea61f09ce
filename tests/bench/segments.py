"""The median time to count a segment, in a base of 100,000 accounts and 1,000,000 people.

`bin/bench segments [--scale 0.1]`: PostgreSQL and SQLite at that part of the whole. Each is counted 7 times after one
to warm up; besides the people the accounts and machines they cover. To fill takes minutes.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.schema import migrate
from newsletter.segment.counting import count_covered, count_people
from newsletter.segment.definition import About, Condition, Definition, Group, How, Join, Node, Not
from tests import postgres
from tests.bench.large_base import fill

ACCOUNTS = 100_000
RUNS = 3  # each a copy to everybody
LIMITS = {"PostgreSQL": 0.5, "SQLite": 1.0}
TIMES = 7

_TOPIC = Condition(About.TOPIC, ("bulletins",))
_MODELS = Condition(About.MODEL, ("MX-107", "MX-108", "MX-109", "MX-110"))
_NO_AGREEMENT = Condition(About.AGREEMENT, how=How.NONE)
_SILENT = Condition(About.SIGN, how=How.OLDER, months=24)
_JAPAN = Condition(About.COUNTRY, ("JP",))


def _all(*parts: Node) -> Node:
    return Group(Join.ALL, parts)


SEGMENTS: Mapping[str, Definition] = {
    "who agreed to the topic": Definition(_TOPIC),
    "one model": Definition(Condition(About.MODEL, ("MX-107",))),
    "not in Japan": Definition(Not(_JAPAN)),
    "four models without agreement, nobody in Japan": Definition(_all(_MODELS, _NO_AGREEMENT), (_JAPAN,)),
    "topic, in use, in two countries": Definition(
        _all(_TOPIC, Condition(About.VERDICT, ("in_use",)), Condition(About.COUNTRY, ("DE", "US")))
    ),
    "a machine with no sign of life": Definition(_SILENT),
    "a range of serials": Definition(Condition(About.SERIALS, ("S1000-S9000",))),
    "received a bulletin": Definition(Condition(About.BULLETIN, ("TB-3",), How.RECEIVED)),
    "topic, did not receive a bulletin": Definition(
        _all(_TOPIC, Not(Condition(About.BULLETIN, ("TB-3",), How.RECEIVED)))
    ),
    "a reason, or a model": Definition(Group(Join.ANY, (Condition(About.REASON, ("too_many",)), _MODELS))),
}


def _seconds(db: Database, count: Callable[[Session], object]) -> tuple[float, object]:
    took, found = [], None
    for _ in range(1 + TIMES):
        began = time.perf_counter()
        with db.read() as session:
            found = count(session)
        took.append(time.perf_counter() - began)
    return median(took[1:]), found


def measure(db: Database, limit: float) -> None:
    """Print a line a segment."""
    now = utc_now()
    for name, definition in SEGMENTS.items():
        seconds, people = _seconds(db, lambda session, of=definition: count_people(session, of, now))  # type: ignore[misc] # bound in the loop
        whole, _ = _seconds(db, lambda session, of=definition: count_covered(session, of, now))  # type: ignore[misc] # as above
        slow = "" if seconds < limit else "TOO SLOW"
        print(
            f"  {seconds * 1000:7.0f} ms  {whole * 1000:7.0f} ms all  {people:>9,} people  {slow:<9} {name}", flush=True
        )


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", type=float, default=1.0, help="part of the whole; 1 is 1,000,000 people")
    accounts = round(ACCOUNTS * arguments.parse_args().scale)
    with TemporaryDirectory() as folder, postgres.running() as cluster:
        cluster.create("bench")
        for name, url in (("PostgreSQL", cluster.url("bench")), ("SQLite", f"sqlite:///{Path(folder) / 'bench.db'}")):
            db = Database(url)
            migrate(db)
            print(f"{name}: {accounts:,} accounts, {accounts * 10:,} people", flush=True)
            for step in fill(db, accounts, utc_now(), RUNS):
                print(f"    filling {step}", flush=True)
            measure(db, LIMITS[name])
            db.close()


main()
