"""What runs beside the web pages: processes of their own, started again when they die."""

import logging
import subprocess
import sys
import time

log = logging.getLogger(__name__)

_BETWEEN_STARTS = 3  # seconds
_GRACE = 30  # seconds an engine gets to finish the copies it has in hand, and others what they have


class Companion:
    """A process with one of our commands. It ends when our end of its pipe closes, so it never outlives us.

    Not even after kill -9.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C is for us, and we tell it."""
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-m", "newsletter", self._command, "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._started = time.monotonic()

    def restart_if_dead(self) -> None:
        """Start it again if it died, at most once in a few seconds."""
        if self._process is None or self._process.poll() is None or time.monotonic() - self._started < _BETWEEN_STARTS:
            return
        log.warning("%s ended with code %s; starting it again", self._command, self._process.returncode)
        if self._process.stdin is not None:
            self._process.stdin.close()
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
