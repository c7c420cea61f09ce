"""The `newsletter` command as its users start it: a process."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder to stand in, with a database in `var` or the one that is named."""

    folder: Path
    settings: dict[str, str]

    def environment(self, **settings: str) -> dict[str, str]:
        here = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HOUSE),
            "NEWSLETTER_VAR": str(self.folder / "var"),
            **self.settings,
        }
        return here | {f"NEWSLETTER_{name.upper()}": value for name, value in settings.items()}

    def newsletter(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "newsletter", *arguments],
            cwd=self.folder,
            env=self.environment(**settings),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
