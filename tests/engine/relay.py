"""A relay that a test can make slow, moody or murderous, and that can go away and come back on its port."""

import contextlib
import re
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

HANG_UP = "hang up"
"""Instead of an answer: close the connection without a word."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One message, whole."""

    to: str
    message_id: str
    at: float  # monotonic
    octets: bytes


@dataclass
class Relay:
    """`taken` holds every message that arrived whole, answered or not.

    `says(stage, words)` is asked for every command, and at "dot"; what it gives is said instead of yes. The words are
    the command; at "connect" there are none, at "dot" they are the recipient.
    """

    says: Callable[[str, str], str | None] = lambda _stage, _words: None
    taken: list[Taken] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    port: int = 0
    host: str = "127.0.0.1"
    _server: socketserver.ThreadingTCPServer | None = None

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    @property
    def copies(self) -> Counter[str]:
        """How many messages each recipient has."""
        return Counter(message.to for message in self.taken)

    def open(self) -> None:
        relay = self

        class Line(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the client went away, or was killed
                    _Session(relay, self).hold()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self._server = Server((self.host, self.port), Line)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Answer no more new connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Session:
    def __init__(self, relay: Relay, line: socketserver.StreamRequestHandler) -> None:
        self.relay, self.line, self.to = relay, line, ""

    def hold(self) -> None:
        goes_on = self.answer("connect", "", "220 relay.example")
        while goes_on and (command := self.line.rfile.readline().decode().strip()):
            self.relay.heard.append(command)
            stage = command.split()[0].lower()
            goes_on = self.answer(stage, command, _YES.get(stage, "250 ok")) and stage != "quit"

    def answer(self, stage: str, words: str, yes: str) -> bool:
        """Whether the connection stays."""
        said = self.relay.says(stage, words) or yes
        if stage == "rcpt":
            self.to = re.sub(r".*<(.*)>.*", r"\1", words) if said.startswith("2") else ""
        if stage == "data" and not self.to:
            said = "503 nobody to send it to"
        if said == HANG_UP:
            return False
        self.line.wfile.write(f"{said}\r\n".encode())
        if stage == "data" and said.startswith("354"):
            return self.take()
        return not said.startswith("421")

    def take(self) -> bool:
        message = b""
        while not message.endswith(b"\r\n.\r\n"):
            line = self.line.rfile.readline()
            if not line:
                return False
            message += line
        found = re.search(rb"(?im)^Message-ID:\s*(\S+)", message)
        message_id = found[1].decode() if found else ""
        octets = message.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        self.relay.taken.append(Taken(self.to, message_id, time.monotonic(), octets))
        return self.answer("dot", self.to, "250 2.0.0 taken")


_YES = {"ehlo": "250-relay.example\r\n250-PIPELINING\r\n250 8BITMIME", "data": "354 go", "quit": "221 bye"}
