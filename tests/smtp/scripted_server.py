"""A server on a raw socket that plays a script, well-behaved or not, and remembers what it heard."""

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

_PATIENCE = 60.0

Step = Callable[["Peer"], None]


class Peer:
    """One connection as the script sees it."""

    def __init__(self, sock: socket.socket, heard: list[bytes]) -> None:
        self.sock = sock
        self.heard = heard
        self.unread = b""

    def read_to(self, end: bytes) -> bytes:
        while end not in self.unread:
            received = self.sock.recv(65536)
            if not received:
                raise EOFError(self.unread)
            self.unread += received
        taken, _, self.unread = self.unread.partition(end)
        return taken + end


class ScriptedServer:
    """Plays one script for each connection, in order. `heard` holds every line and message, with line ends.

    A step that hears something else than the script expects fails the test when the server is left.
    """

    def __init__(self, *scripts: Sequence[Step], listening: bool = True) -> None:
        self.heard: list[bytes] = []
        self._scripts = scripts
        self._broken: list[BaseException] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_PATIENCE)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._play)
        if not listening:
            self._listener.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join(_PATIENCE)
        self._listener.close()
        if self._broken and error is None:
            raise self._broken[0]

    def _play(self) -> None:
        try:
            for script in self._scripts:
                peer = Peer(self._listener.accept()[0], self.heard)
                peer.sock.settimeout(_PATIENCE)
                try:
                    for step in script:
                        step(peer)
                finally:
                    peer.sock.close()
        except (OSError, EOFError, AssertionError) as error:
            self._broken.append(error)


def say(*lines: str) -> Step:
    """Send these lines."""
    return say_octets("".join(f"{line}\r\n" for line in lines).encode())


def say_octets(octets: bytes) -> Step:
    return lambda peer: peer.sock.sendall(octets)


def drip(octets: bytes) -> Step:
    """Send the octets one by one, each in a packet of its own."""

    def step(peer: Peer) -> None:
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in octets:
            peer.sock.sendall(bytes([octet]))

    return step


def hear(pattern: str) -> Step:
    """Read one line, which must match."""

    def step(peer: Peer) -> None:
        line = peer.read_to(b"\r\n")
        peer.heard.append(line)
        assert re.fullmatch(pattern, line[:-2].decode()), f"heard {line!r}, expected {pattern}"

    return step


def hear_message(peer: Peer) -> None:
    """Read a message up to its final dot, as it stands on the wire."""
    # The line end of DATA counts, for a message may be a single dot.
    peer.unread = b"\r\n" + peer.unread
    peer.heard.append(peer.read_to(b"\r\n.\r\n")[2:])


def hear_chunk(peer: Peer) -> None:
    """Read a BDAT command and as many octets as it says."""
    head = peer.read_to(b"\r\n")
    match = re.fullmatch(rb"BDAT (\d+)(?: LAST)?\r\n", head)
    assert match, f"heard {head!r}, expected BDAT"
    size = int(match[1])
    while len(peer.unread) < size:
        received = peer.sock.recv(65536)
        if not received:
            raise EOFError(peer.unread)
        peer.unread += received
    peer.heard.append(head + peer.unread[:size])
    peer.unread = peer.unread[size:]


def hear_some(peer: Peer) -> None:
    """Read a part of whatever comes."""
    peer.sock.recv(1000)


def hang(peer: Peer) -> None:
    """Say nothing until the client has had enough."""
    try:
        while peer.sock.recv(65536):
            pass
    except ConnectionResetError:
        pass


def hang_deaf(gone: threading.Event) -> Step:
    """Read nothing and say nothing until the event."""

    def step(_: Peer) -> None:
        gone.wait(_PATIENCE)

    return step


def reset(peer: Peer) -> None:
    """Drop the connection without a farewell."""
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.sock.close()


def begin_tls(context: ssl.SSLContext) -> Step:
    """Begin TLS; a client that turns away is no fault of the script."""

    def step(peer: Peer) -> None:
        try:
            peer.sock = context.wrap_socket(peer.sock, server_side=True)
        except OSError:
            peer.sock.close()

    return step


GREETING = say("220 relay.example ready")
HELLO = [GREETING, hear("EHLO .*")]


def session(*offers: str) -> list[Step]:
    """Greeting and EHLO, with these extensions."""
    texts = ["relay.example", *offers]
    return [*HELLO, say(*(f"250-{text}" for text in texts[:-1]), f"250 {texts[-1]}")]


PIPELINED = session("PIPELINING", "8BITMIME")
GROUP = [hear("MAIL FROM:.*"), hear("RCPT TO:.*"), hear("DATA")]
FAREWELL = [hear("QUIT"), say("221 bye")]


def refused_at(stage: str, reply: str) -> list[Step]:
    """Without pipelining: everything is fine up to this stage, which is answered so."""
    script: list[Step] = []
    for name, fine in [("MAIL", "250 ok"), ("RCPT", "250 ok"), ("DATA", "354 go")]:
        script += [hear(f"{name}.*")]
        if name == stage:
            return [*script, say(reply)]
        script += [say(fine)]
    return [*script, hear_message, say(reply)]
