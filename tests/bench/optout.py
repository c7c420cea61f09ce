"""`bin/bench optout`: a burst of one-click POSTs and page opens after a large run, beside a bare Flask route.

The pages are served as they are in production: by waitress with the threads of `bin/run`, and by gunicorn. Each person
opens their page and one-clicks, in a random order; every connection is kept open. Every 200 must be an opt-out row.
"""

import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.hit.hit import Hit
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.start import start_due
from newsletter.links import Links, OptOutLink
from newsletter.optout.opt_out import OptOut
from newsletter.tokens import Signer
from tests import postgres
from tests.bench import crowd
from tests.faults.bases import Base, PostgresBase, SqliteBase
from tests.running_house import free_port, wait_until

HOUSE = Path(__file__).parents[2]
KEY = "k" * 40
ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SERVERS = {
    "waitress": ("-m", "waitress", "--threads=8", "--listen=127.0.0.1:{port}"),
    "gunicorn": ("-m", "gunicorn", "--workers=2", "--threads=4", "--bind=127.0.0.1:{port}", "--log-level=error"),
}


@dataclass
class Answers:
    """How long answers took, in seconds, by method; and what was not answered with 200."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"GET": [], "POST": []})
    failed: int = 0


def main() -> int:
    """Measure on both databases and both servers; the exit code is 1 where an opt-out was lost."""
    parser = ArgumentParser(prog="bin/bench optout", description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=16)
    asked = parser.parse_args()
    print(f"{asked.people:,} people, {asked.connections} connections, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        kept = [_measured(base, server, asked) for base in _bases(Path(folder), asked.people) for server in SERVERS]
    return 0 if all(kept) else 1


def _bases(folder: Path, people: int) -> Iterator[Base]:
    yield SqliteBase(folder, people)
    with postgres.running(postgres.DURABLE) as cluster:
        yield PostgresBase(cluster, people)


def _measured(base: Base, server: str, asked: Namespace) -> bool:
    """One line for the bare route, one for ours; whether every 200 is an opt-out."""
    with base.crowded(0) as db:
        paths = _paths(db)
        order = [(method, path) for path in paths for method in ("GET", "POST")]
        random.Random(8058).shuffle(order)  # noqa: S311 - any order will do
        with _served("tests.bench.bare:app", server, db) as port:
            posts = [request for request in order if request[0] == "POST"]
            _tell(f"{base.name}, {server}, one insert", *_burst(port, posts, asked.connections))
        with _served("wsgi:app", server, db) as port:
            answers, seconds = _burst(port, order, asked.connections)
            _tell(f"{base.name}, {server}, ours", answers, seconds)
        return _nothing_lost(db, answers, len(paths))


def _paths(db: Database) -> list[str]:
    """The opt-out links of a run that was sent a minute ago."""
    links, now = Links("http://127.0.0.1", Signer((KEY.encode(),))), utc_now()
    crowd.order(db, links, now)
    start_due(db, "bench", now)
    with db.write() as session:
        session.execute(update(Delivery).values(state="accepted", settled_at=now))
        topic = session.scalars(select(crowd.Topic.id)).one()
        rows = session.execute(select(Delivery.person_id, Delivery.id)).all()
    return [urlsplit(links.opt_out(OptOutLink(person, topic, delivery))).path for person, delivery in rows]


@contextmanager
def _served(app: str, server: str, db: Database) -> Iterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory() as var:
        environment = {
            **os.environ,
            "NEWSLETTER_DATABASE_URL": db.engine.url.render_as_string(hide_password=False),
            "NEWSLETTER_SECRET_KEY": KEY,
            "NEWSLETTER_VAR": var,
        }
        command = [sys.executable, *(part.format(port=port) for part in SERVERS[server]), app]
        with (Path(var) / "said").open("wb") as said:
            process = subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=said, stderr=said)
        try:
            wait_until(lambda: _answers(port), f"{server} serves")
            yield port
        finally:
            process.send_signal(signal.SIGINT)  # as Ctrl-C: waitress has no other way to end in order
            process.wait(60)


def _answers(port: int) -> bool:
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/nothing")
        connection.getresponse().read()
    except OSError:
        return False
    return True


def _burst(port: int, order: Sequence[tuple[str, str]], connections: int) -> tuple[Answers, float]:
    """Ask for everything, over so many connections at once."""
    answers = [Answers() for _ in range(connections)]
    clients = [
        threading.Thread(target=_ask, args=(port, order[n::connections], answers[n])) for n in range(connections)
    ]
    began = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - began
    whole = Answers(failed=sum(one.failed for one in answers))
    for one in answers:
        for method, took in one.seconds.items():
            whole.seconds[method] += took
    return whole, seconds


def _ask(port: int, order: Sequence[tuple[str, str]], answers: Answers) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    for method, path in order:
        began = time.perf_counter()
        connection.request(method, path, *((ONE_CLICK, FORM) if method == "POST" else ()))
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            answers.seconds[method].append(time.perf_counter() - began)
        else:
            answers.failed += 1


def _tell(what: str, answers: Answers, seconds: float) -> None:
    count = sum(map(len, answers.seconds.values()))
    spreads = ", ".join(f"{method} {_spread(took)}" for method, took in answers.seconds.items() if took)
    failed = f", {answers.failed} failed" if answers.failed else ""
    print(f"{what}: {count / seconds:,.0f} requests/s; {spreads}{failed}", flush=True)


def _spread(seconds: Sequence[float]) -> str:
    p99 = sorted(seconds)[math.ceil(len(seconds) * 0.99) - 1]
    return f"p50 {median(seconds) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms"


def _nothing_lost(db: Database, answers: Answers, people: int) -> bool:
    """Whether every 200 is an opt-out row; the hits are counted beside, because page loads may be dropped."""
    with db.read() as session:
        left = session.scalar(select(func.count(func.distinct(OptOut.person_id)))) or 0
        looks = session.scalar(select(func.count()).where(Hit.method == "GET")) or 0
        taps = session.scalar(select(func.count()).where(Hit.method == "POST")) or 0
    thanked = len(answers.seconds["POST"])
    print(f"    {thanked:,} of {people:,} thanked, {left:,} opt-outs, hits: {taps:,} POST, {looks:,} GET", flush=True)
    return left == thanked


if __name__ == "__main__":
    sys.exit(main())
