"""The median time of every staff page, in a base of 100,000 accounts, 1,000,000 people and 10,000,000 copies.

`bin/bench staff_pages [--scale 0.05]`: PostgreSQL at that part of the whole, then SQLite at a tenth of it. Each page is
asked for through the real application, signed in, 15 times after two to warm up. To fill takes minutes.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient

from config import Config
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.retention.count_months import count_months
from newsletter.retention.count_reach import count_reach
from newsletter.retention.keep_calibration import rebuild_calibration
from newsletter.retention.keep_verdicts import weigh_everybody
from newsletter.retention.months import ended_months
from newsletter.schema import migrate
from newsletter.web.app import create_app
from tests import postgres
from tests.bench.large_base import fill, numbers
from tests.web.staff.colleagues import SITE, hired

ACCOUNTS = 100_000
LIMIT = 0.3
TIMES, WARM = 15, 2

PAGES = (
    "/staff/silence?months=60",
    "/staff/silence?months=120&agreement=running",
    "/staff/silence?owner=colleague7@vendor.example&tier=A&model=MX-107",
    "/staff/silence?country=XX",
    "/staff/silence?after=C1080000",
    "/staff/coverage?why=no_person",
    "/staff/coverage?country=JP&tier=B",
    "/staff/coverage/ending?months=24&owner=colleague7@vendor.example",
    "/staff/reports?by=country",
    "/staff/reports?by=owner",
    "/staff/reports/calibration?model=MX-107",
    "/staff/check-ins?askable=yes",
    "/staff/check-ins?country=XX",
    "/staff/leaving?reason=backup",
    "/staff/work?team=all&sort=account",
    "/staff/work?team=sales&country=XX&product=MX-107",
    "/staff/work?owner=me&cause=sold&due=late",
    "/staff/work?state=closed&cause=backup",
    "/staff/work/1",
    "/staff/work/rules/write?from=backup",
    "/staff/accounts?q=C100",
    "/staff/accounts?after=C1050000",
)
"""Besides every page whose address holds nothing to fill in."""


def _desk(app: Flask, db: Database) -> FlaskClient:
    ada = hired(app, db, "ada@vendor.example", ("admin", "marketer", "service", "sales"), utc_now())
    ada.sign_in()
    return ada.browser


def _addresses(app: Flask, db: Database) -> Iterator[str]:
    with db.read() as session:
        yield from (f"/staff/accounts/{number}" for number in numbers(session)[:3])
    for rule in app.url_map.iter_rules():
        is_page = "GET" in (rule.methods or ()) and not rule.arguments and rule.rule.startswith("/staff")
        if is_page and not rule.rule.endswith(".csv") and "sign" not in rule.rule:
            yield rule.rule
    yield from PAGES


def _seconds(browser: FlaskClient, address: str) -> float | None:
    """The median; None where it is no page."""
    took = []
    for _ in range(WARM + TIMES):
        began = time.perf_counter()
        answer = browser.get(address, base_url=SITE)
        took.append(time.perf_counter() - began)
        if answer.status_code != 200:
            return None
    return median(took[WARM:])


def _measure(app: Flask, browser: FlaskClient, db: Database) -> None:
    for address in _addresses(app, db):
        took = _seconds(browser, address)
        if took is not None:
            print(f"  {took * 1000:7.0f} ms  {'' if took < LIMIT else 'TOO SLOW':<9} {address}", flush=True)


def _bench(db: Database, accounts: int, folder: Path) -> None:
    migrate(db)
    url = db.engine.url.render_as_string(hide_password=False)
    app = create_app(Config(var=folder, database_url=url, secret_key="k" * 40, base_url=SITE), db=db)
    browser = _desk(app, db)  # before all others, for she was in touch with many accounts
    began = time.perf_counter()
    for step in fill(db, accounts, utc_now()):
        print(f"  {time.perf_counter() - began:6.0f} s  filling {step}", flush=True)
    for name, work in (
        ("months", lambda: count_months(db, ended_months(utc_now()), utc_now())),
        ("reach", lambda: count_reach(db, utc_now())),
        ("verdicts", lambda: weigh_everybody(db, utc_now())),
        ("calibration", lambda: rebuild_calibration(db, utc_now())),
    ):
        began = time.perf_counter()
        work()
        print(f"  {time.perf_counter() - began:6.0f} s  counting {name}", flush=True)
    _measure(app, browser, db)


@contextmanager
def _databases(scale: float) -> Iterator[Iterator[tuple[str, Database, int]]]:
    accounts = round(ACCOUNTS * scale)
    with TemporaryDirectory() as folder, postgres.running() as cluster:
        cluster.create("bench")

        def each() -> Iterator[tuple[str, Database, int]]:
            yield "PostgreSQL", Database(cluster.url("bench")), accounts
            yield "SQLite", Database(f"sqlite:///{folder}/bench.db"), accounts // 10

        yield each()


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", type=float, default=1.0, help="part of the whole; 1 is 100,000 accounts")
    with _databases(arguments.parse_args().scale) as databases, TemporaryDirectory() as folder:
        for name, db, accounts in databases:
            print(f"{name}: {accounts:,} accounts, {accounts * 10:,} people, {accounts * 100:,} copies", flush=True)
            _bench(db, accounts, Path(folder) / name)
            db.close()


main()
