"""What the copies cost that a relay takes seconds for, now and then: letters a second of one engine, with and without.

A filter that looks at one letter in a hundred more closely is enough. At best they cost what they take of the
connections: the mean time of an answer without them, divided by that with them.
"""

import random
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.send import measure
from tests.engine.relay import Relay


def main() -> None:
    """Print both rates, their ratio, and the ratio at best."""
    asked = _asked()
    without, with_some = (_rate(asked, share) for share in (0.0, asked.share))
    best = asked.usual / (asked.share * asked.seconds + (1 - asked.share) * asked.usual)
    print(
        f"{asked.share:.1%} of {asked.copies:,} copies take {asked.seconds:g} s instead of {asked.usual:g} s:"
        f" {with_some:.0f} instead of {without:.0f}/s, {with_some / without:.2f} (at best {best:.2f})"
    )


def _asked() -> Namespace:
    parser = ArgumentParser(prog="bin/bench stragglers")
    parser.add_argument("--copies", type=int, default=3_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--share", type=float, default=0.01, help="of the copies that take long")
    parser.add_argument("--seconds", type=float, default=3.0, help="that these take")
    parser.add_argument("--usual", type=float, default=0.02, help="seconds that the others take")
    return parser.parse_args(namespace=Namespace(processes=1))


def _rate(asked: Namespace, share: float) -> float:
    with TemporaryDirectory() as folder:
        relay = partial(_relay, asked, share)
        return measure(f"sqlite:///{folder}/n.db", Path(folder), asked, relay)[0]


@contextmanager
def _relay(asked: Namespace, share: float) -> Iterator[int]:
    chance = random.Random(1)  # noqa: S311 - nobody is to be surprised

    def says(stage: str, _words: str) -> None:
        if stage == "dot":
            time.sleep(asked.seconds if chance.random() < share else asked.usual)

    relay = Relay(says)
    relay.open()
    yield relay.port
    relay.close()


if __name__ == "__main__":
    main()
