"""Limits alone and together as the relay sees them: real engines, a real ledger, a sink that notes when each copy came.

"above" is by how many copies the worst window of one second or longer exceeds rate * W + 1, with what the way to the
sink adds; "below" is what is missing from the rate. `bin/bench limits` measures the slots alone.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from newsletter.audience.person import Person
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.seen import engines_alive
from newsletter.ledger.start import start_due
from newsletter.pace.change import set_rate
from newsletter.pace.rate import read_rate
from newsletter.pace.rule import EVERY, Kind
from newsletter.schema import migrate
from tests import postgres
from tests.bench import crowd, send
from tests.log_sink import LogSink
from tests.pace.sending import Sent, excess, mean

RELAY = "main"
MANY = {f"d{number}.example": 1.0 for number in range(50)}
MIXED = {"slow.example": 5.0, "big.example": 20.0, **MANY}
SETTLES = 6.0  # seconds until what starts beside an engine has started


class Trial(NamedTuple):
    """The rates in force (those of run "1" are the first run's), how many people are where, and how many runs go."""

    rates: Mapping[tuple[Kind, str], str]
    domains: Mapping[str, float]
    people: int
    runs: int = 1


TRIALS = {
    "a slow relay": Trial({(Kind.RELAY, RELAY): "5/s"}, MANY, 1_000),
    "a relay": Trial({(Kind.RELAY, RELAY): "50/s"}, MANY, 2_000),
    "a fast relay": Trial({(Kind.RELAY, RELAY): "1000/s"}, MANY, 20_000),
    "a run": Trial({(Kind.RUN, "1"): "300/s"}, MANY, 8_000),
    "a domain": Trial({(Kind.DOMAIN, "big.example"): "30/s"}, {"big.example": 1.0, **MANY}, 80_000),
    "together": Trial(
        {
            (Kind.RELAY, RELAY): "600/s",
            (Kind.RUN, "1"): "200/s",
            (Kind.DOMAIN, "big.example"): "100/s",
            (Kind.DOMAIN, "slow.example"): "20/s",
            (Kind.DOMAIN, EVERY): "60/s",
        },
        MIXED,
        16_000,
        runs=2,
    ),
}


def main() -> None:
    """Print the figures of both databases."""
    parser = argparse.ArgumentParser(prog="bin/bench paced", description=__doc__)
    parser.add_argument("--engines", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=14.0)
    parser.add_argument("--only", choices=TRIALS, nargs="*", default=[*TRIALS])
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, postgres.running(postgres.OUTLIVES_KILL) as cluster:

        def postgresql(name: str) -> Database:
            cluster.create(name)
            return Database(cluster.url(name))

        def sqlite(name: str) -> Database:
            return Database(f"sqlite:///{Path(folder) / name}.db")

        for name, db_of in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            print(f"{name}, {asked.engines} engines, {asked.seconds:g} seconds each")
            _all_on(db_of, Path(folder) / name, asked)


def _all_on(db_of: Callable[[str], Database], folder: Path, asked: argparse.Namespace) -> None:
    for name in asked.only:
        db = db_of(name.replace(" ", "_"))
        migrate(db)
        _tell(name, TRIALS[name], _sent(db, folder / name, TRIALS[name], asked), asked.seconds)
        db.close()


def _sent(db: Database, folder: Path, trial: Trial, asked: argparse.Namespace) -> list[Sent]:
    folder.mkdir(parents=True)
    crowd.settle(db, trial.people, utc_now())
    _spread(db, trial)
    sink = LogSink(folder / "taken")
    sink.start()
    with _engines(db, folder, sink.port, asked.engines):
        while len(engines_alive(db, utc_now())) < asked.engines:
            time.sleep(0.2)
        time.sleep(SETTLES)
        runs = [_order(db, number) for number in range(trial.runs)]
        assert runs[0] == 1
        for (kind, name), words in trial.rates.items():
            set_rate(db, kind, name, read_rate(words), by="bench", now=utc_now())
        start_due(db, "bench", utc_now())
        while not sink.count():
            time.sleep(0.05)
        time.sleep(asked.seconds)
    sink.kill()
    return _read(db, folder / "taken")


def _spread(db: Database, trial: Trial) -> None:
    dice = random.Random(1)  # noqa: S311 - a seeded die, no secret
    names, shares = [*trial.domains], [*trial.domains.values()]
    addresses = ((n, f"p{n}@{dice.choices(names, shares)[0]}") for n in range(1, trial.people + 1))
    person = Person.metadata.tables[Person.__tablename__]
    moves = update(person).where(person.c.id == bindparam("its"))
    with db.write() as session:
        session.connection().execute(
            moves.values(address=bindparam("to"), address_key=bindparam("to")),
            [{"its": n, "to": address} for n, address in addresses],
        )


def _order(db: Database, number: int) -> int:
    text, crowd.TEXT = crowd.TEXT, crowd.TEXT.replace("TB-1", f"TB-{number + 1}")
    try:
        return crowd.order(db, send.LINKS, utc_now())
    finally:
        crowd.TEXT = text


@contextmanager
def _engines(db: Database, folder: Path, port: int, count: int) -> Iterator[None]:
    settings = {"VAR": folder, "DATABASE_URL": db.engine.url.render_as_string(hide_password=False)}
    settings |= {"SMTP_URL": f"smtp://127.0.0.1:{port}?name={RELAY}", "SECRET_KEY": send.KEY}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(send.HOUSE)}
    environment |= {f"NEWSLETTER_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-P", "-m", "newsletter", "engine"]
    processes = [subprocess.Popen(command, env=environment) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _read(db: Database, taken: Path) -> list[Sent]:
    with db.read() as session:
        run_of = dict(session.execute(select(Delivery.id, Delivery.run_id)).all())
    sent = []
    for line in taken.read_text().splitlines():
        at, recipient, message_id = line.split(" ")
        copy = int(message_id.strip("<>").partition("@")[0].rpartition(".")[2])
        sent.append(Sent(float(at), run_of[copy], recipient.rpartition("@")[2]))
    return sorted(sent, key=lambda one: one.at)


def _tell(what: str, trial: Trial, sent: Sequence[Sent], seconds: float) -> None:
    begin = sent[0].at
    steady = [one for one in sent if 1 <= one.at - begin < seconds - 1]
    for (kind, name), words in trial.rates.items():
        if name == EVERY:
            continue
        rate = read_rate(words).per_second
        times, settled = _times(sent, kind, name), _times(steady, kind, name)
        rates = f"{mean(settled):8.2f} of {words:<7}"
        print(f"  {what:<13} {kind:<7} {name:<13} {rates} above {max(0.0, excess(times, rate)):5.2f}"
              f"  below {1 - mean(settled) / rate:6.2%}", flush=True)  # fmt: skip
    print(f"  {what:<13} all     {'':<13} {len(steady) / (seconds - 2):8.2f}")


def _times(sent: Sequence[Sent], kind: Kind, name: str) -> list[float]:
    if kind is Kind.RUN:
        return [one.at for one in sent if one.run_id == int(name)]
    return [one.at for one in sent if kind is Kind.RELAY or one.domain == name]


if __name__ == "__main__":
    main()
