"""The socket: octets out, replies in, each with the time it may take."""

import re
import select
import socket
import struct
from time import monotonic
from typing import TYPE_CHECKING, Self, cast

from newsletter.smtp.outcome import Silence
from newsletter.smtp.reply import Reply, ReplyReader

if TYPE_CHECKING:
    import ssl

_BLOCK = 4096
_LEAST = 0.001  # seconds; 0 would mean for ever


class Wire:
    """One connection. Nothing here raises for what a peer or a network does, except `open` and `secure`."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._allowed: dict[int, float] = {}
        self.reader = ReplyReader()
        self._heard: bytes | Silence | None = None  # what `hears` found, and nobody has read
        self.left = 0
        """How many octets of the last `write` are not with the kernel."""
        self.is_encrypted = False
        """Whether TLS has begun."""
        sock.settimeout(None)

    @classmethod
    def open(cls, host: str, port: int, timeout: float) -> Self:
        """Connect within `timeout` seconds an address tried; raises OSError."""
        # A-labels and addresses are ASCII. Of a str Python is not sure, and loads its tables for IDNA, 0.4 MB.
        sock = socket.create_connection((cast("str", host.encode()), port), timeout)
        # Groups and bodies leave in one piece each, so Nagle's waiting could only delay them.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(sock)

    @property
    def local_address(self) -> str:
        """Our own end's address as text."""
        return str(self._sock.getsockname()[0])

    def secure(self, context: "ssl.SSLContext", host: str, timeout: float) -> None:
        """Begin TLS and check the certificate against `host`; raises OSError (of which ssl.SSLError is one)."""
        self._sock.settimeout(timeout)
        sock = context.wrap_socket(self._sock, server_hostname=host, do_handshake_on_connect=False)
        self._sock, self.is_encrypted = sock, True
        self._allowed.clear()
        sock.do_handshake()

    def write(self, octets: bytes, timeout: float) -> Silence | None:
        """Hand all octets to the kernel; `timeout` is for each wait without progress.

        None when the last octet is with the kernel; otherwise `left` says how many are not, and those cannot arrive,
        also under TLS, where a record that was cut is worth nothing.
        """
        self._allow(socket.SO_SNDTIMEO, timeout)
        self.left = len(octets)
        try:
            self.left -= self._sock.send(octets)
            while self.left:
                self.left -= self._sock.send(memoryview(octets)[-self.left :])
        except (TimeoutError, BlockingIOError):
            return Silence.TIMEOUT
        except OSError:
            return Silence.LOST
        return None

    def fileno(self) -> int:
        """What the system's poll knows the connection by."""
        return self._sock.fileno()

    def hears(self, deadline: float) -> bool:
        """Whether `read_block` would give something at once; after `deadline` (monotonic) it gives the silence."""
        if self._heard is None:
            self._heard = self._look()
            if self._heard is None and monotonic() >= deadline:
                self._heard = Silence.TIMEOUT
        return self._heard is not None

    def gathers(self, replies: int, deadline: float) -> bool:
        """Whether so many times `read` would give something at once; after `deadline` the last gives the silence."""
        while not self.reader.holds(replies):
            if not self.hears(deadline):
                return False
            if not isinstance(self._heard, bytes):
                return True
            self.reader.feed(self._heard)
            self._heard = None
        return True

    def read(self, timeout: float) -> Reply | Silence:
        """The next whole reply, waiting at most `timeout` seconds for all of it."""
        return self.reader.take() or self._read_on(timeout, monotonic() + timeout)

    def read_block(self, expected: re.Pattern[bytes], timeout: float) -> re.Match[bytes] | Reply | Silence:
        """All that is waiting where `expected` matches it whole, else the next reply; only for an empty reader."""
        deadline = monotonic() + timeout
        block = self._receive(timeout)
        if isinstance(block, Silence):
            return block
        match = expected.fullmatch(block)
        if match is not None:
            return match
        self.reader.feed(block)
        return self.reader.take() or self._read_on(deadline - monotonic(), deadline)

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

    def _read_on(self, timeout: float, deadline: float) -> Reply | Silence:
        while True:
            block = self._receive(timeout)
            if isinstance(block, Silence):
                return block
            self.reader.feed(block)
            reply = self.reader.take()
            if reply is not None:
                return reply
            timeout = deadline - monotonic()
            if timeout <= 0:
                return Silence.TIMEOUT

    def _look(self) -> bytes | Silence | None:
        try:
            if self.is_encrypted:
                # Its octets wait in a record, not in the socket: to read them is to wait for all of the record.
                return self._sock.recv(_BLOCK) or Silence.LOST if self._has_record() else None
            return self._sock.recv(_BLOCK, socket.MSG_DONTWAIT) or Silence.LOST
        except (TimeoutError, BlockingIOError):
            return None
        except OSError:
            return Silence.LOST

    def _has_record(self) -> bool:
        octets = select.poll()
        octets.register(self._sock, select.POLLIN)
        return bool(cast("ssl.SSLSocket", self._sock).pending() or octets.poll(0))

    def _receive(self, timeout: float) -> bytes | Silence:
        if self._heard is not None:
            heard, self._heard = self._heard, None
            return heard
        self._allow(socket.SO_RCVTIMEO, timeout)
        try:
            return self._sock.recv(_BLOCK) or Silence.LOST
        except (TimeoutError, BlockingIOError):
            return Silence.TIMEOUT
        except OSError:
            return Silence.LOST

    def _allow(self, direction: int, seconds: float) -> None:
        if self._allowed.get(direction) == seconds:
            return
        patience = max(seconds, _LEAST)
        try:
            if self.is_encrypted:
                self._sock.settimeout(patience)
                return
            # The kernel keeps the time, which saves a poll for each send and receive. OpenSSL would only try again.
            self._sock.setsockopt(socket.SOL_SOCKET, direction, struct.pack("@ll", *divmod(int(patience * 1e6), 10**6)))
        except OSError:
            return  # the socket is gone, which the next call to it tells
        self._allowed[direction] = seconds
