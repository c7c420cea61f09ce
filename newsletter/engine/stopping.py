"""How a process that runs until told otherwise is told."""

import os
import signal
import threading
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and the polite request to end."""


def stop_on_signals() -> threading.Event:
    """What is set when somebody presses Ctrl-C or asks this process to end."""
    stop = threading.Event()

    def stopping(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in SIGNALS:
        signal.signal(number, stopping)
    return stop


def stop_with_parent(stop: threading.Event) -> None:
    """Set `stop` when our standard input closes, which it does when the parent ends in whatever way."""

    def wait() -> None:
        # Not through sys.stdin: a thread that waits in its buffer makes Python abort at the end.
        while os.read(0, 1024):
            pass
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
