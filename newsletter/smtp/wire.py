"""The socket: octets out, replies in, each with the time it may take."""

import math
import select
import socket
import ssl
from time import monotonic
from typing import Self

from newsletter.smtp.outcome import Silence
from newsletter.smtp.reply import Reply, ReplyReader


class Wire:
    """One connection. Nothing here raises for what a peer or a network does, except `open` and `secure`."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray(4096)
        self._view = memoryview(self._buffer)
        self.reader = ReplyReader()
        self._watch()

    @classmethod
    def open(cls, host: str, port: int, timeout: float) -> Self:
        """Connect within `timeout` seconds an address tried; raises OSError."""
        sock = socket.create_connection((host, port), timeout)
        # Groups and bodies leave in one piece each, so Nagle's waiting could only delay them.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(sock)

    @property
    def local_address(self) -> str:
        """Our own end's address as text."""
        return str(self._sock.getsockname()[0])

    def secure(self, context: ssl.SSLContext, host: str, timeout: float) -> None:
        """Begin TLS and check the certificate against `host`; raises OSError (of which ssl.SSLError is one)."""
        self._sock.settimeout(timeout)
        sock = context.wrap_socket(self._sock, server_hostname=host, do_handshake_on_connect=False)
        self._sock = sock
        sock.do_handshake()
        self._watch()

    def write(self, octets: bytes, timeout: float) -> Silence | None:
        """Hand all octets to the kernel; `timeout` is for each wait without progress.

        None when the last octet is with the kernel. Otherwise at least the last octet is not, also under TLS, whose
        last record is the last thing written.
        """
        try:
            sent = self._send(octets)
            while sent < len(octets):
                if not self._writable.poll(_milliseconds(timeout)):
                    return Silence.TIMEOUT
                sent += self._send(memoryview(octets)[sent:])
        except OSError:
            return Silence.LOST
        return None

    def read(self, timeout: float) -> Reply | Silence:
        """The next whole reply, waiting at most `timeout` seconds for all of it."""
        reply = self.reader.take()
        deadline = monotonic() + timeout
        while reply is None:
            try:
                received = self._receive(deadline)
            except TimeoutError:
                return Silence.TIMEOUT
            except OSError:
                return Silence.LOST
            if not received:
                return Silence.LOST
            self.reader.feed(self._view[:received])
            reply = self.reader.take()
        return reply

    def ask(self, command: bytes, timeout: float) -> Reply | Silence:
        """Write a command and read its reply; `timeout` is for each of the two."""
        silence = self.write(command, timeout)
        return self.read(timeout) if silence is None else self.last_words(silence)

    def last_words(self, silence: Silence) -> Reply | Silence:
        """What a server that took no more octets said before, if it was a refusal; else the silence itself."""
        words = self.read(0)
        return words if isinstance(words, Reply) and words.digit in {4, 5} else silence

    def close(self) -> None:
        """Close at once, without a farewell."""
        self._sock.close()

    def _watch(self) -> None:
        self._sock.settimeout(0)
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._sock, select.POLLIN)
        self._writable.register(self._sock, select.POLLOUT)

    def _send(self, octets: bytes | memoryview) -> int:
        try:
            return self._sock.send(octets)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0

    def _receive(self, deadline: float) -> int:
        while True:
            # TLS may hold decrypted octets that no poll can see.
            if not self._is_holding() and not self._readable.poll(_milliseconds(deadline - monotonic())):
                raise TimeoutError
            try:
                return self._sock.recv_into(self._buffer)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                continue

    def _is_holding(self) -> bool:
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0


def _milliseconds(seconds: float) -> int:
    return max(0, math.ceil(seconds * 1000))
