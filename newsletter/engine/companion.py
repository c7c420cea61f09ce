"""What runs beside a process of ours: processes of their own, started again when they die."""

import logging
import subprocess
import sys
import time
from collections.abc import Sequence

log = logging.getLogger(__name__)

_SHORTEST_PAUSE, _LONGEST_PAUSE = 3.0, 60.0  # seconds from one start to the next
_GRACE = 30  # seconds an engine gets to finish the copies it has in hand, and others what they have


class Companion:
    """A process of ours, by the arguments of Python. It ends when our end of its pipe closes, so it never outlives us.

    Not even after kill -9. What is `handed` to it, it finds on its standard input: at most what a pipe holds, 64 KB.
    """

    def __init__(self, name: str, arguments: Sequence[str], handed: bytes = b"") -> None:
        self._name, self._command, self._handed = name, [sys.executable, *arguments], handed
        self._process: subprocess.Popen[bytes] | None = None
        self._started, self._pause = 0.0, _SHORTEST_PAUSE

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C is for us, and we tell it."""
        self._started = time.monotonic()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                self._command, stdin=subprocess.PIPE, bufsize=0, start_new_session=True
            )
            assert self._process.stdin is not None  # noqa: S101 - for mypy
            self._process.stdin.write(self._handed)
        except OSError as error:
            log.warning("%s cannot be started: %s", self._name, error)

    def restart_if_dead(self) -> None:
        """Start it if it is not there; one that dies again and again, more and more seldom."""
        if self._process is not None and self._process.poll() is None:
            return
        lived = time.monotonic() - self._started
        if lived < self._pause:
            return
        self._pause = _SHORTEST_PAUSE if lived > _LONGEST_PAUSE else min(2 * self._pause, _LONGEST_PAUSE)
        self._let_go()
        self.start()

    def stop(self) -> None:
        """Let it finish what it has in hand."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            log.warning("%s ended with code %s; starting it again", self._name, self._process.returncode)
            self._process.stdin.close()
        self._process = None
