"""How much memory an engine holds: `newsletter engine` as anybody starts it, idle, after 10,000 and after a million.

Each size is a process and a database of its own, the relay is Postfix's `smtp-sink`. Printed are VmRSS, what is
resident then, and VmHWM, the most that ever was.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from newsletter import schema
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.ledger.run import Run, RunState
from newsletter.links import Links
from newsletter.tokens import Signer
from tests import postgres
from tests.bench import crowd
from tests.smtp_sink import smtp_sink

HOUSE = Path(__file__).parents[2]
SIZES = (10_000, 1_000_000)
LINKS = Links("https://news.acme.example", Signer((b"k" * 40,)))


def main() -> None:
    """Print a table."""
    print(f"{'database':<12}{'recipients':>12}{'idle':>10}{'then':>10}{'most':>10}{'copies/s':>10}")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            _measure("SQLite", Database(f"sqlite:///{folder}/newsletter.db"), size)
        with postgres.running() as cluster:
            cluster.create("bench")
            _measure("PostgreSQL", Database(cluster.url("bench")), size)


def _measure(name: str, db: Database, size: int) -> None:
    schema.migrate(db)
    crowd.settle(db, size, utc_now())
    with tempfile.TemporaryDirectory() as var, smtp_sink() as port, _engine(db, var, port) as engine:
        time.sleep(5)
        idle, _ = _resident(engine)
        began = time.monotonic()
        run = crowd.order(db, LINKS, utc_now())
        while _state(db, run) != RunState.FINISHED:
            time.sleep(0.2)
        seconds = time.monotonic() - began
        then, most = _resident(engine)
    db.close()
    print(f"{name:<12}{size:>12,}{idle:>7.1f} MB{then:>7.1f} MB{most:>7.1f} MB{size / seconds:>10,.0f}", flush=True)


def _state(db: Database, run: int) -> str:
    with db.read() as session:
        return session.scalars(select(Run.state).where(Run.id == run)).one()


def _resident(engine: subprocess.Popen[bytes]) -> tuple[float, float]:
    """VmRSS and VmHWM in MB of 1024 KB, as `ps` and `top` count."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{engine.pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024, int(status["VmHWM"].split()[0]) / 1024


@contextlib.contextmanager
def _engine(db: Database, var: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        "VAR": var,
        "DATABASE_URL": db.engine.url.render_as_string(hide_password=False),
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "SECRET_KEY": "k" * 40,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    environment |= {"PYTHONPATH": str(HOUSE)} | {f"NEWSLETTER_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-P", "-m", "newsletter", "engine"]
    engine = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield engine
    finally:
        engine.terminate()
        engine.wait()


if __name__ == "__main__":
    main()
