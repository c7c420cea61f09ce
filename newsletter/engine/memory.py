"""What an engine asks of the C library in order to stay small. Where that is another than glibc, nothing."""

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8  # malloc.h


def share_one_heap() -> None:
    """To be called before there are threads: each would have a heap of its own, with holes of its own."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Give free memory back to the system: a chunk of copies takes 2 MB for a moment, to enrol a million people 6."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
