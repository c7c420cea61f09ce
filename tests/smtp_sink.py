"""Postfix's smtp-sink on a free loopback port, for benches that need a relay faster than themselves."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 60.0
_BACKLOG = 2000


def postfix(tool: str) -> str:
    """Where the tool is; ends the bench with a sentence where it is not."""
    found = shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        sys.exit(f"This bench needs {tool}, which comes with Postfix (Debian: apt install postfix).")
    return found


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """The port of a sink that takes everything until the block ends; it counts on standard output with `-c`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [postfix("smtp-sink"), *user, *options, f"127.0.0.1:{port}", str(_BACKLOG)]
    sink = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _await(port)
        yield port
    finally:
        sink.kill()
        sink.wait()


def _await(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    sys.exit("smtp-sink did not begin to listen.")


def source_rate(port: int, octets: int, messages: int = 60_000) -> float:
    """Messages a second of smtp-source with bodies of this size, at the best of several numbers of sessions."""
    return max(_source_rate(port, octets, messages, sessions) for sessions in (4, 8, 16, 32))


def _source_rate(port: int, octets: int, messages: int, sessions: int) -> float:
    options = ["-d", "-s", str(sessions), "-l", str(octets), "-m", str(messages)]
    began = time.monotonic()
    subprocess.run([postfix("smtp-source"), *options, f"127.0.0.1:{port}"], check=True)
    return messages / (time.monotonic() - began)
