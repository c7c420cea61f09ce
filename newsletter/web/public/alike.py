"""Answers that take alike long, whomever they are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, sleep

SECONDS = 0.05  # longer than the work takes, shorter than somebody notices


@contextmanager
def alike_long() -> Iterator[None]:
    """Do not be done sooner: what is written for one and only pretended for another differs by a millisecond."""
    began = perf_counter()
    try:
        yield
    finally:
        sleep(max(0.0, SECONDS - (perf_counter() - began)))
