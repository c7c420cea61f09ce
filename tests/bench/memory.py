"""How much memory an engine holds: `newsletter engine` as anybody starts it, idle, after 10,000 and after a million.

And how long a copy takes, from the first claim of the run to its last record; because machines change their pace, also
as a multiple of the processor time that the sink took for it.

Each size is a process and a database of its own, the relay is Postfix's `smtp-sink`. Printed are VmRSS, what is
resident then, and VmHWM, the most that ever was; then VmRSS of the timekeeper beside it, and of both together what is
theirs (Pss), which counts once what they share. Other sizes may be given as arguments.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from newsletter import schema
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
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
    titles = ("recipients", "idle", "then", "most", "timekeeper", "both", "a copy", "of the sink")
    print(f"{'database':<12}" + "".join(f"{title:>12}" for title in titles))
    for size in [int(size) for size in sys.argv[1:]] or SIZES:
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
        idle, _ = _resident(engine.pid)
        busy = _sink_seconds()
        run = crowd.order(db, LINKS, utc_now())
        while _state(db, run) != RunState.FINISHED:
            time.sleep(0.2)
        busy = _sink_seconds() - busy
        then, most = _resident(engine.pid)
        (timekeeper,) = _children(engine.pid)
        beside, both = _resident(timekeeper)[0], _theirs(engine.pid) + _theirs(timekeeper)
    with db.read() as session:
        first, last = session.execute(select(func.min(Delivery.claimed_at), func.max(Delivery.settled_at))).one()
    db.close()
    figures = "".join(f"{figure:>9.1f} MB" for figure in (idle, then, most, beside, both))
    took = (last - first).total_seconds()
    print(f"{name:<12}{size:>12,}{figures}{took / size * 1e6:>9.1f} us{took / busy:>12.2f}", flush=True)


def _state(db: Database, run: int) -> str:
    with db.read() as session:
        return session.scalars(select(Run.state).where(Run.id == run)).one()


def _resident(pid: int) -> tuple[float, float]:
    """VmRSS and VmHWM in MB of 1024 KB, as `ps` and `top` count."""
    status = _figures(Path(f"/proc/{pid}/status"))
    return status["VmRSS"], status["VmHWM"]


def _theirs(pid: int) -> float:
    """Pss in MB: a page that several processes share counts for each in part."""
    return _figures(Path(f"/proc/{pid}/smaps_rollup"))["Pss"]


def _figures(file: Path) -> dict[str, float]:
    lines = (line.split() for line in file.read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) / 1024 for words in lines if words[-1] == "kB"}


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _sink_seconds() -> float:
    """Processor time of the sink."""
    (sink,) = [pid for pid in _children(os.getpid()) if Path(f"/proc/{pid}/comm").read_text() == "smtp-sink\n"]
    return int(Path(f"/proc/{sink}/schedstat").read_text().split()[0]) / 1e9


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
