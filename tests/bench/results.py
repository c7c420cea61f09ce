"""The median time of the pages of one run of 1,000,000 copies, over and while it is sent, on both databases.

`bin/bench results [--copies 1000000]`: each page is asked for through the real application, signed in, 15 times after
two to warm up, after the engine's timed work has counted what it keeps. To fill takes a minute or two.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from config import Config
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.tally import tally_idle
from newsletter.results.keep import keep_figures
from newsletter.schema import migrate
from newsletter.web.app import create_app
from tests import cast, postgres
from tests.optout.copies import set_stage
from tests.web.staff.colleagues import SITE, hired

COPIES = 1_000_000
LIMIT = 0.3
TIMES, WARM = 15, 2
BATCH = 2_000
PATHS = (
    "", "/progress", "/results", "/results/people", "/results/people?show=bounced", "/results/people?show=clicked",
    "/results/people?show=left", "/results/people?show=in-doubt", "/copies/accepted", "/copies/refused", "/left-out",
)  # fmt: skip
_PEOPLE = (
    "INSERT INTO person"
    " (id, address, address_key, first_name, last_name, salutation, language, zone, phone, created_at)"
    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :copies)"
    " SELECT i + 100, address, address, 'P', 'N' || i, '', '', '', '', CAST(:now AS {moment})"
    " FROM (SELECT i, 'p' || i || '@d' || (i % 39989) || '.example' AS address FROM n) AS named"
)
_COPIES = (
    "INSERT INTO delivery (id, run_id, batch, person_id, address, units, state, deferred, due_at, claimed_by,"
    " settled_at, reply) SELECT id + 1000, :run, (id - 101) / :batch + 2, id, address, '',"
    " CASE WHEN id % 50 = 0 THEN 'refused' WHEN id % 997 = 0 THEN 'deferred' WHEN id % 20011 = 0 THEN 'in_doubt'"
    " ELSE 'accepted' END, 0, created_at, '', created_at,"
    " CASE WHEN id % 50 = 0 THEN '550 5.1.1 no such user' ELSE '250 2.0.0 Ok' END FROM person WHERE id > 100"
)
_HITS = (
    "INSERT INTO hit (at, method, kind, person_id, delivery_id, domain, pressed, typed, network, user_agent, verdict,"
    " why, is_noted) SELECT due_at, 'GET', 'view', person_id, id, '', '', 0, '', '',"
    " CASE WHEN id % 8 = 0 THEN 'human' ELSE 'machine' END, '', {true} FROM delivery WHERE id % 4 = 0 AND id > 1000"
)
_LEFT = (
    "INSERT INTO opt_out (person_id, topic_id, delivery_id, way, left_at, suppressed, undone_by)"
    " SELECT person_id, 1, id, 'page', due_at, {false}, '' FROM delivery WHERE id % 200 = 0 AND id > 1000"
)


def fill(session: Session, copies: int) -> int:
    """One run to so many people at 40,000 domains; its id."""
    now = utc_now() - timedelta(hours=2)
    set_stage(session, cast.play(session, now), now)
    run = session.scalars(select(Run)).one()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    words = {
        "moment": "text" if is_sqlite else "timestamptz", "true": "1" if is_sqlite else "true",
        "false": "0" if is_sqlite else "false",
    }  # fmt: skip
    moment = f"{now:%Y-%m-%d %H:%M:%S.%f}" if is_sqlite else now
    for statement in (_PEOPLE, _COPIES, _HITS, _LEFT):
        filled = statement.format(**words)
        known = {"copies": copies, "now": moment, "run": run.id, "batch": BATCH}
        session.execute(text(filled), {name: value for name, value in known.items() if f":{name}" in filled})
    numbers = session.scalars(select(Delivery.batch).where(Delivery.run_id == run.id, Delivery.batch > 1).distinct())
    session.add_all([Batch(run_id=run.id, number=number) for number in numbers.all()])
    run.started_at, run.finished_at, run.last_copy_id = now, now + timedelta(minutes=30), copies + 2_000
    return run.id


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Database]]:
    """An empty one of each kind."""
    with postgres.running() as cluster:
        cluster.create("results")
        found = {"SQLite": Database(f"sqlite:///{folder}/results.db"), "PostgreSQL": Database(cluster.url("results"))}
        for db in found.values():
            migrate(db)
        yield found
        for db in found.values():
            db.close()


def main() -> None:
    """Print the median of every page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--copies", type=int, default=COPIES)
    copies = arguments.parse_args().copies
    with TemporaryDirectory() as folder, databases(Path(folder)) as found:
        for name, db in found.items():
            with db.write() as session:
                run_id = fill(session, copies)
            if name == "PostgreSQL":
                with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("ANALYZE"))
            began = time.monotonic()
            tally_idle(db, utc_now())
            keep_figures(db, "UTC", utc_now())
            print(f"{name}, {copies:,} copies: counted in {time.monotonic() - began:.1f} s", flush=True)
            _measure(name, db, run_id)


def _measure(name: str, db: Database, run_id: int) -> None:
    url = db.engine.url.render_as_string(hide_password=False)
    with TemporaryDirectory() as folder:
        app = create_app(Config(var=folder, database_url=url, secret_key="k" * 40, base_url=SITE), db=db)
    ada = hired(app, db, "ada@vendor.example", ["marketer"], utc_now())
    ada.sign_in()
    browser = ada.browser
    for state in (RunState.FINISHED, RunState.SENDING):
        with db.write() as session:
            session.execute(update(Run).values(state=state))
        for path in PATHS:
            taken = []
            for turn in range(WARM + TIMES):
                began = time.monotonic()
                answer = browser.get(f"/staff/runs/{run_id}{path}", base_url=SITE)
                assert answer.status_code == 200, answer.text
                taken += [time.monotonic() - began] if turn >= WARM else []
            slow = "" if median(taken) < LIMIT else "  too slow"
            print(f"{1000 * median(taken):8.1f} ms  {name}, {state}: run{path}{slow}")


if __name__ == "__main__":
    main()
