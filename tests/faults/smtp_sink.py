import os
import shutil
import subprocess
from dataclasses import dataclass, field

import pytest

from tests.log_sink import wait_for
from tests.running_house import free_port


@dataclass
class SmtpSink:
    """Postfix's `smtp-sink`, which can be told to misbehave; it keeps its port when it is started again."""

    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start, or start again with other options, and return when it listens."""
        self.stop()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [_program(), *user, *options, f"127.0.0.1:{self.port}", "64"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if "connect" not in ",".join(options).lower():  # else our look would be the one it hangs up on
            wait_for(self.port)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _program() -> str:
    # Debian keeps it where only root's PATH leads.
    found = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    return found or pytest.fail("smtp-sink is missing: apt-get install -y postfix", pytrace=False)
