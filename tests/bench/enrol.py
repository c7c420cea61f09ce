"""How long a run takes to begin: everybody who gets a copy is found and has one written, in one transaction.

Beside it the database copies the table of people, which is as many rows, without index and without a question.
Recipients may be given as an argument.
"""

import sys
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

from sqlalchemy import text

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.ledger.start import start_due
from newsletter.schema import migrate
from tests import postgres
from tests.bench import crowd
from tests.bench.send import LINKS


def main() -> None:
    """Print a line for each database."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with TemporaryDirectory() as folder:
        _measure("SQLite", Database(f"sqlite:///{folder}/newsletter.db"), people)
    with postgres.running(postgres.DURABLE) as cluster:
        cluster.create("bench")
        _measure("PostgreSQL", Database(cluster.url("bench")), people)


def _measure(name: str, db: Database, people: int) -> None:
    migrate(db)
    crowd.settle(db, people, utc_now())
    bare = _seconds(lambda: _copy_people(db))
    run = crowd.order(db, LINKS, utc_now())
    ours = _seconds(lambda: start_due(db, "bench", utc_now()))
    with db.read() as session:
        copies = session.execute(text("SELECT count(*) FROM delivery WHERE run_id = :run"), {"run": run}).scalar_one()
    db.close()
    assert copies == people
    print(f"{name}: {people:,} enrolled in {ours:.1f} s, {ours / bare:.1f} times a copy of their table", flush=True)


def _copy_people(db: Database) -> None:
    with db.write() as session:
        session.execute(text("CREATE TABLE people_again AS SELECT * FROM person"))


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
