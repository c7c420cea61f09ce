"""Letters a second from ledger to ledger (claim, merge, MIME, wire, record), beside `smtp-source` and `smtplib`.

All three send to Postfix's `smtp-sink`, one after the other, letters of the same size. `smtp-source` sends one and the
same body at its best number of sessions, before and after each run of ours, because machines change their pace; the
`smtplib` loop merges and builds each letter with `EmailMessage`.
"""

import os
import smtplib
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from newsletter.bulletin.compose import List, Press
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Machine, Reader
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.seen import engines_alive
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.schema import migrate
from newsletter.tokens import Signer
from tests import postgres
from tests.bench import crowd
from tests.smtp_sink import smtp_sink, source_rate

HOUSE = Path(__file__).parents[2]
KEY = "k" * 40
LINKS = Links("https://news.acme.example", Signer((KEY.encode(),)))
PLAIN_LETTERS = 3_000
SETTLES = 4.0  # seconds until what starts beside an engine has started

Sink = Callable[[], AbstractContextManager[int]]
"""The port of a relay that takes everything."""


def main() -> None:
    """Print the three rates, what a letter costs in CPU time, and the ratios."""
    asked = _asked()
    octets = len(_letter(1))
    print(
        f"{asked.copies:,} letters of {octets:,} octets, {asked.processes} engine process(es), {os.cpu_count()} cores"
    )
    with smtp_sink() as port:
        plain = _smtplib_rate(port)
    sources = [_source_rate(octets)]
    with TemporaryDirectory() as folder:
        ours = measure(f"sqlite:///{folder}/n.db", Path(folder), asked)
    sources.append(_source_rate(octets))
    _tell("SQLite", ours, sources, plain)
    with postgres.running(postgres.DURABLE) as cluster, TemporaryDirectory() as folder:
        cluster.create("bench")
        url = cluster.url("bench").render_as_string(hide_password=False)
        ours = measure(url, Path(folder), asked)
    sources.append(_source_rate(octets))
    _tell("PostgreSQL", ours, sources[1:], plain)


def _asked():  # noqa: ANN202 - argparse gives a Namespace
    parser = ArgumentParser(prog="bin/bench send")
    parser.add_argument("--copies", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--connections", type=int, default=4)
    return parser.parse_args()


def measure(url: str, folder: Path, asked, sink: Sink = smtp_sink) -> tuple[float, float]:  # noqa: ANN001 - as above
    """Letters a second, and microseconds of CPU the engines took for one."""
    db = Database(url)
    migrate(db)
    crowd.settle(db, asked.copies, utc_now())
    with sink() as port, _engines(url, folder, port, asked) as processes:
        _wait(lambda: len(engines_alive(db, utc_now())) == len(processes))
        time.sleep(SETTLES)
        used = _cpu_seconds(processes)
        run = crowd.order(db, LINKS, utc_now())
        start_due(db, "bench", utc_now())
        _wait(lambda: _state(db, run) == RunState.FINISHED)
        used = _cpu_seconds(processes) - used
    with db.read() as session:
        ends = select(func.min(Delivery.claimed_at), func.max(Delivery.settled_at), func.count())
        first, last, copies = session.execute(ends.where(Delivery.state == "accepted")).one()
    db.close()
    assert copies == asked.copies
    return copies / (_utc(last) - _utc(first)).total_seconds(), used / copies * 1e6


def _source_rate(octets: int) -> float:
    with smtp_sink() as port:
        return source_rate(port, octets)


def _tell(name: str, measured: tuple[float, float], sources: Sequence[float], plain: float) -> None:
    rate, cost = measured
    source = mean(sources)
    print(f"{name:>10}: {rate:,.0f}/s, {cost:.0f} us of CPU a letter, {rate / source:.2f} of smtp-source "
          f"({source:,.0f}/s), {rate / plain:.1f} times smtplib ({plain:,.0f}/s)", flush=True)  # fmt: skip


@contextmanager
def _engines(url: str, folder: Path, port: int, asked) -> Iterator[Sequence[subprocess.Popen[bytes]]]:  # noqa: ANN001
    settings = {"VAR": folder, "DATABASE_URL": url, "SMTP_URL": f"smtp://127.0.0.1:{port}", "SECRET_KEY": KEY}
    settings["CONNECTIONS"] = asked.connections
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE)}
    environment |= {f"NEWSLETTER_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-P", "-m", "newsletter", "engine"]
    processes = [subprocess.Popen(command, env=environment) for _ in range(asked.processes)]
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _cpu_seconds(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _state(db: Database, run: int) -> str:
    with db.read() as session:
        return session.get_one(Run, run).state


def _wait(holds) -> None:  # noqa: ANN001 - a question
    while not holds():
        time.sleep(0.5)  # when it ended is in the ledger


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _reader(number: int) -> Reader:
    machine = Machine(number, "VX-500", f"A{number}", f"K{number}", f"Works {number}")
    return Reader(f"p{number}@crowd.example", f"Jo{number}", "Doe", "en", (machine,), ((f"K{number}", "Works"),))


def _letter(number: int) -> bytes:
    return _press().octets(_reader(number), person_id=number, delivery_id=number, date=utc_now())


def _press() -> Press:
    return Press(read_source(crowd.TEXT), crowd.SENDER, List(1, "bench", "Technical bulletins"), LINKS, "bench")


def _smtplib_rate(port: int) -> float:
    """What somebody writes who needs it today: a template, an EmailMessage a person, one connection."""
    press = _press()
    sample = press.letter(_reader(0), person_id=0, delivery_id=0, date=utc_now())
    began = time.monotonic()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(PLAIN_LETTERS):
            message = EmailMessage()
            message["From"], message["To"] = "Acme <bulletins@acme.example>", f"Jo Doe <p{number}@crowd.example>"
            message["Subject"] = sample.subject.replace("A0", f"A{number}")
            message["Message-ID"], message["Date"] = f"<{number}@acme.example>", sample.date
            message.set_content(sample.text.replace("A0", f"A{number}"))
            message.add_alternative(sample.html.replace("A0", f"A{number}"), subtype="html")
            server.send_message(message)
    return PLAIN_LETTERS / (time.monotonic() - began)


if __name__ == "__main__":
    main()
