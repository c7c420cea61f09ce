"""`bin/bench optout_delay`: how long after an opt-out is committed a copy may still go to that person, at full speed.

Many people leave through the real act while an engine process sends to a sink that notes the time of each message.
"""

import argparse
import math
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tests import postgres
from tests.faults.bases import Base, PostgresBase, SqliteBase
from tests.faults.trial import Trial
from tests.faults.verdict import AT_MOST, delays

_EVERY = 0.002  # seconds between two who leave, beside the time their acts take


def main() -> int:
    """Measure on both databases; the exit code is 1 where a copy came later than it may."""
    parser = argparse.ArgumentParser(prog="bin/bench optout_delay", description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--leaving", type=int, default=2_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        late = [_measure(base, Path(folder), asked) for base in _bases(Path(folder), asked.people)]
    return 1 if any(late) else 0


def _bases(folder: Path, people: int) -> Iterator[Base]:
    yield SqliteBase(folder, people)
    with postgres.running(postgres.DURABLE) as cluster:
        yield PostgresBase(cluster, people)


def _measure(base: Base, folder: Path, asked: argparse.Namespace) -> int:
    chance = random.Random(base.name)  # noqa: S311 - who leaves, not a secret
    with base.crowded(0) as db:
        trial = Trial(db, folder / base.name, asked.people)
        with trial.going(), trial.engine():
            trial.wait_for_mail(1)
            with trial.people_leaving(chance, asked.leaving, _EVERY):
                trial.wait_for_the_end()
        taken = trial.sink.taken()
    ats = sorted(message.at for messages in taken.values() for message in messages)
    rate = len(ats) / (ats[-1] - ats[0])
    after = sorted(delays(trial, taken).values())
    saved = sum(address not in taken for address in trial.left)
    print(
        f"{base.name}: {rate:,.0f} copies/s; {len(trial.left):,} left, {saved:,} of them got nothing,"
        f" {len(after):,} a copy that was in hand{_spread(after)}"
    )
    return sum(delay > AT_MOST for delay in after)


def _spread(after: Sequence[float]) -> str:
    if not after:
        return ""
    p99 = after[math.ceil(len(after) * 0.99) - 1]
    return f": median {median(after):.3f} s, p99 {p99:.3f} s, at most {after[-1]:.3f} s after"


if __name__ == "__main__":
    sys.exit(main())
