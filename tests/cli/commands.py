"""The `newsletter` command as its users start it: a process, forked from one that has read it (`ready`)."""

import json
import os
import select
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

HOUSE = Path(__file__).parents[2]
PATIENCE = 120  # seconds


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
        with TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            out.touch()
            err.touch()
            call = {
                "arguments": arguments,
                "folder": str(self.folder),
                "environment": self.environment(**settings),
                "out": str(out),
                "err": str(err),
            }
            return subprocess.CompletedProcess(arguments, _called(call), out.read_text(), err.read_text())


def _called(call: dict[str, object]) -> int:
    """The exit code."""
    ready = _ready()
    assert ready.stdin is not None
    assert ready.stdout is not None
    print(json.dumps(call), file=ready.stdin, flush=True)
    if not select.select([ready.stdout], [], [], PATIENCE)[0]:
        os.killpg(ready.pid, 9)
        _ready.cache_clear()
        raise subprocess.TimeoutExpired(str(call["arguments"]), PATIENCE)
    return int(ready.stdout.readline())


@lru_cache(maxsize=1)
def _ready() -> subprocess.Popen[str]:
    """The process that forks. It ends when its standard input does, so with this one."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.cli.ready"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
