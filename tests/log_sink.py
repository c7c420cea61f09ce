"""An SMTP server of its own process that notes each message in a file before it answers.

`kill -9` on either side of the wire takes none of its knowledge away. `python -m tests.log_sink PORT FILE PAUSE`;
a line of the file is the time (monotonic, which all processes of a machine share), the recipient and the Message-ID.
"""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.running_house import free_port

_PATIENCE = 60.0  # seconds until a server counts as not starting
HOUSE = Path(__file__).parent.parent
_ADDRESS = re.compile(rb"<(.*?)>")
_MESSAGE_ID = re.compile(rb"(?im)^Message-ID:\s*(\S+)")
_GREETING = b"220 sink.example ESMTP\r\n"
_OFFERS = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
_END = b"\r\n.\r\n"


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that arrived whole: when (monotonic), and its Message-ID."""

    at: float
    message_id: str


@dataclass
class LogSink:
    """The process, on a port that it keeps when it is killed and started again."""

    file: Path
    pause: float = 0.0  # seconds it takes for each message, whoever waits
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None
    _read: int = 0
    _counted: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and return when it answers."""
        command = [sys.executable, "-m", "tests.log_sink", str(self.port), str(self.file), str(self.pause)]
        self._process = subprocess.Popen(command, cwd=HOUSE)
        wait_for(self.port)

    def kill(self) -> None:
        """End it without a farewell."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def count(self) -> int:
        """How many messages it took so far; a look that costs little."""
        if self.file.exists():
            with self.file.open("rb") as file:
                file.seek(self._read)
                new = file.read()
            self._read += len(new)
            self._counted += new.count(b"\n")
        return self._counted

    def taken(self) -> Mapping[str, list[Taken]]:
        """What it took, by recipient, oldest first."""
        found: dict[str, list[Taken]] = defaultdict(list)
        for line in self.file.read_text().splitlines() if self.file.exists() else []:
            at, recipient, message_id = line.split(" ")
            found[recipient].append(Taken(float(at), message_id))
        return found


def wait_for(port: int) -> None:
    """Return when somebody listens on a port of this machine."""
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise AssertionError(f"nobody listens on port {port}")


class _Session(asyncio.Protocol):
    def __init__(self, log: int, pause: float) -> None:
        self._log, self._pause = log, pause
        self._unread = bytearray()
        self._recipient = b""
        self._is_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._line = transport
        transport.write(_GREETING)

    def data_received(self, octets: bytes) -> None:
        self._unread += octets
        answers = bytearray()
        while answer := self._take() if self._is_message else self._answer():
            answers += answer
        self._line.write(bytes(answers))
        if answers.startswith(b"221") or answers.endswith(b"221 bye\r\n"):
            self._line.close()

    def _answer(self) -> bytes:
        line, end, _ = self._unread.partition(b"\r\n")
        if not end:
            return b""
        del self._unread[: len(line) + 2]
        command = bytes(line[:4]).upper()
        if command == b"DATA":
            self._is_message = True
            return b"354 go\r\n"
        if command == b"RCPT":
            found = _ADDRESS.search(line)
            self._recipient = bytes(found[1]) if found else b""
        return {b"EHLO": _OFFERS, b"QUIT": b"221 bye\r\n"}.get(command, b"250 ok\r\n")

    def _take(self) -> bytes:
        end = self._unread.find(_END)
        if end < 0:
            return b""
        found = _MESSAGE_ID.search(self._unread, 0, end)
        message_id = found[1] if found else b"-"
        del self._unread[: end + len(_END)]
        self._is_message = False
        time.sleep(self._pause)
        # One write, appended: it is in the file whole or not at all, and before the answer is on the wire.
        os.write(self._log, b"%f %s %s\n" % (time.monotonic(), self._recipient, message_id))
        return b"250 2.0.0 taken\r\n"


async def _serve(port: int, file: Path, pause: float) -> None:
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    server = await asyncio.get_running_loop().create_server(
        lambda: _Session(log, pause), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))
