"""`newsletter run`: web, engine and mailbox as one group of processes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Shell, free_port

PATIENCE = 120.0


class Running:
    """The command, its address and the processes it started."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def messages(self) -> list[dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/mailbox/api/messages", timeout=60) as answer:
                messages: list[dict[str, Any]] = json.load(answer)
                return messages
        except OSError:
            return []

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        give_up = time.monotonic() + PATIENCE
        while len(found := self.messages()) < count:
            assert time.monotonic() < give_up, self.log.read_text()
            time.sleep(0.05)
        return found

    def children(self) -> list[int]:
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextmanager
def run(shell: Shell, port: int) -> Iterator[Running]:
    settings = shell.environment(port=str(port), mailbox_port=str(free_port()))
    log = shell.folder / "log"
    with log.open("wb") as file:
        command = [sys.executable, "-P", "-m", "newsletter", "run"]
        process = subprocess.Popen(command, cwd=shell.folder, env=settings, stdout=file, stderr=file)
    try:
        yield Running(process, port, log)
    finally:
        process.kill()
        process.wait()


def test_it_starts_serves_stops_and_keeps_what_it_has(shell: Shell) -> None:
    with run(shell, free_port()) as first:
        found = first.wait_for(11)
        assert found[0].keys() == {"id", "to", "subject", "raw"}
        assert {"ada@north-quay.example", "stone@prairie.example"} <= {message["to"] for message in found}
        assert re.search(r"http://127\.0\.0\.1:\d+/staff/welcome/\S+ ", first.log.read_text())
        (engine,) = first.children()
        (dead,) = (shell.folder / "var" / "engine").glob("*.lock")
        os.kill(engine, signal.SIGKILL)
        give_up = time.monotonic() + PATIENCE
        while dead.exists():
            assert time.monotonic() < give_up
            time.sleep(0.05)
        reborn = first.children()
        assert first.interrupt() == 0
    assert not Path(f"/proc/{reborn[0]}").exists()
    assert "Traceback" not in first.log.read_text()
    assert list((shell.folder / "var" / "engine").iterdir()) == []
    with run(shell, free_port()) as second:
        assert len(second.wait_for(11)) == len(found)
        assert second.interrupt() == 0
    assert "Traceback" not in second.log.read_text()


@pytest.mark.parametrize("setting", ["port", "mailbox_port"])
def test_a_port_in_use_is_said_with_the_setting_that_changes_it(sqlite_shell: Shell, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = {"port": str(free_port()), "mailbox_port": str(free_port())}
        done = sqlite_shell.newsletter("run", **{**ports, setting: str(taken.getsockname()[1])})
    assert done.returncode == 78
    assert f"NEWSLETTER_{setting.upper()}" in done.stderr
    assert "Traceback" not in done.stderr
