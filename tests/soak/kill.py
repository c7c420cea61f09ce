"""`bin/soak kill`: an engine, PostgreSQL and the relay are killed -9 at random moments of runs, and nobody is lost.

Each round sends a bulletin to a crowd while some people leave, kills one of them at a seeded moment, has it started
again and compares the ledger with what the sink itself wrote down. Ends with code 1 where anything is wrong.
"""

import argparse
import logging
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from newsletter.clock import utc_now
from newsletter.pace.change import set_rate
from newsletter.pace.rate import Rate, read_rate
from newsletter.pace.rule import EVERY, Kind
from tests import postgres
from tests.faults.bases import Base, PostgresBase, SqliteBase
from tests.faults.trial import Trial
from tests.faults.verdict import Verdict, judge

_LEAVERS, _EVERY = 25, 0.03
_CLASSES = ("technical", "marketing")
_HEAD = ("database", "round", "killed", "class", "at", "accepted", "in doubt", "twice", "left", "delay s", "took s")
_WIDTHS = (10, 5, 10, 9, 5, 8, 8, 5, 4, 7, 6)

_Process = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Played:
    """One round and what came of it."""

    kill: str
    klass: str
    at: int
    verdict: Verdict
    took: float


def main() -> int:
    """Play the rounds, print a line for each and the sum; the exit code."""
    asked = _asked()
    logging.disable(logging.WARNING)  # whoever leaves while the database is away is told so, and that is no news
    print_line(_HEAD)
    rounds: list[Played] = []
    with tempfile.TemporaryDirectory(prefix="newsletter-soak-") as folder:
        for base in _bases(Path(folder), asked.people, asked.database):
            for number in range(asked.first, asked.first + asked.rounds):
                rounds.append(_round(base, Path(folder), number, asked.people, asked.rate))
                _tell(base, number, rounds[-1])
    return _sum_up(rounds)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/soak kill", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="on each database")
    parser.add_argument("--first", type=int, default=0, help="the number of the first round: it seeds the moments")
    parser.add_argument("--rate", type=read_rate, help="that nobody may exceed: copies go in their slots then")
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), nargs="*", default=("sqlite", "postgresql"))
    return parser.parse_args()


def _bases(folder: Path, people: int, names: Sequence[str]) -> Iterator[Base]:
    if "sqlite" in names:
        yield SqliteBase(folder, people)
    if "postgresql" in names:
        with postgres.running(postgres.OUTLIVES_KILL) as cluster:
            yield PostgresBase(cluster, people)


def _round(base: Base, folder: Path, number: int, people: int, rate: Rate | None) -> Played:
    chance, began = random.Random(f"{base.name} {number}"), time.monotonic()  # noqa: S311 - moments, not secrets
    name, kill = [*_kills(base).items()][number % len(_kills(base))]
    klass, at = _CLASSES[number // len(_kills(base)) % 2], chance.randrange(people // 50, people * 95 // 100)
    with base.crowded(number) as db:
        trial = Trial(db, folder / f"{base.name}-{number}", people, klass)
        if rate is not None:
            set_rate(db, Kind.DOMAIN, EVERY, rate, by="soak", now=utc_now())
        with trial.going(), trial.people_leaving(chance, _LEAVERS, _EVERY), trial.engine() as engine:
            trial.wait_for_mail(at)
            time.sleep(chance.random() * 0.02)
            kill(trial, engine)
            with _alive(trial, engine):
                trial.wait_for_the_end()
        verdict = judge(trial, most_in_doubt=trial.connections)
    return Played(name, klass, at, verdict, time.monotonic() - began)


@contextmanager
def _alive(trial: Trial, engine: _Process) -> Iterator[None]:
    """With an engine: the one there is, which outlives everybody else's death, or a new one after its own."""
    if engine.poll() is None:
        yield
        assert engine.poll() is None, f"the engine has ended: {trial.said()}"
    else:
        with trial.engine():
            yield


def _kills(base: Base) -> Mapping[str, Callable[[Trial, _Process], None]]:
    kills: dict[str, Callable[[Trial, _Process], None]] = {"engine": _kill_engine, "sink": _kill_sink}
    if isinstance(base, PostgresBase):
        kills["postgresql"] = lambda _trial, _engine: base.kill()
    return kills


def _kill_engine(_trial: Trial, engine: _Process) -> None:
    engine.kill()
    engine.wait()


def _kill_sink(trial: Trial, _engine: _Process) -> None:
    trial.sink.kill()
    trial.sink.start()


def _tell(base: Base, number: int, played: Played) -> None:
    seen = played.verdict
    figures = (seen.accepted, seen.in_doubt, seen.twice, seen.left, f"{seen.delay:.2f}", f"{played.took:.1f}")
    print_line((base.name, number, played.kill, played.klass, played.at, *figures))
    for wrong in seen.wrong[:10]:
        print(f"      WRONG: {wrong}")


def _sum_up(rounds: Sequence[Played]) -> int:
    seen = [played.verdict for played in rounds]
    wrong = sum(len(verdict.wrong) for verdict in seen)
    accepted, left = sum(verdict.accepted for verdict in seen), sum(verdict.left for verdict in seen)
    doubts, twice = [verdict.in_doubt for verdict in seen], sum(verdict.twice for verdict in seen)
    delay = max((verdict.delay for verdict in seen), default=0.0)
    print(
        f"{len(rounds)} kills: {accepted:,} accepted, {sum(doubts)} in doubt (at most {max(doubts, default=0)} a kill),"
        f" {twice} of them twice, {left:,} left (last copy at most {delay:.2f} s after), {wrong} wrong,"
        f" in {sum(played.took for played in rounds):,.0f} s"
    )
    return 1 if wrong else 0


def print_line(cells: Sequence[object]) -> None:
    """One line of the table."""
    print("  ".join(f"{cell!s:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
