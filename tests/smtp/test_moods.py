"""Whatever a server answers, no copy is lost from sight, sent twice, or given to somebody else."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Kind
from newsletter.smtp.relay import Relay
from newsletter.smtp.timeouts import Timeouts

HANG_UP = ""
STRAY = "250 ok\r\n250 twice"
MOODS = ["fine"] * 8 + ["250 ok", "354 go", "421 bye", "450 later", "550 no", "503 order", "what?", STRAY, HANG_UP]
OFFERS = [[], ["PIPELINING"], ["CHUNKING"], ["PIPELINING", "CHUNKING"]]
QUICK = Timeouts(mail=0.05, rcpt=0.05, data=0.05, dot=0.05, block=0.05, reset=0.05, quit=0.05)
MAY_HAVE_ARRIVED = {Kind.ACCEPTED, Kind.IN_DOUBT}


class HungUp(Exception):
    """The server has had enough."""


class MoodyServer:
    """Answers by its moods, one each, and then does what it said, as servers do. `whole` is what it may have taken."""

    def __init__(self, moods: list[str], offers: list[str]) -> None:
        self._moods = moods
        self._offers = ["me", *offers]
        self._recipient, self._has_sender = "", False
        self.whole: list[tuple[str, bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        peer, _ = self._listener.accept()
        self._listener.close()
        with peer, peer.makefile("rb") as lines, suppress(HungUp, OSError):
            peer.sendall(b"220 hi\r\n")
            lines.readline()
            texts = [f"250-{offer}\r\n" for offer in self._offers[:-1]] + [f"250 {self._offers[-1]}\r\n"]
            peer.sendall("".join(texts).encode())
            chunks = b""
            while line := lines.readline():
                chunks = self._obey(peer, lines, line, chunks)

    def _obey(self, peer: socket.socket, lines: BinaryIO, line: bytes, chunks: bytes) -> bytes:
        """Do what one line says; gives the chunks of a message that is not whole."""
        if chunk := re.fullmatch(rb"BDAT (\d+)( LAST)?\r\n", line):
            chunks += lines.read(int(chunk[1]))
            if not chunk[2]:
                self._say(peer, "250 ok")
                return chunks
            self._end(peer, chunks)
        elif line == b"DATA\r\n":
            if self._say(peer, "354 go" if self._recipient else "503 order").startswith("354"):
                self._end(peer, self._message(lines))
        elif line.startswith(b"RCPT"):
            if self._say(peer, "250 ok" if self._has_sender else "503 order").startswith("250") and self._has_sender:
                self._recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        elif line[:4] in {b"MAIL", b"RSET", b"QUIT"}:
            self._recipient = ""
            self._has_sender = self._say(peer, "250 ok").startswith("250") and line.startswith(b"MAIL")
        else:
            self._say(peer, "500 what?")
        return b""

    @staticmethod
    def _message(lines: BinaryIO) -> bytes:
        message = b""
        while (line := lines.readline()) != b".\r\n":
            if not line:
                raise HungUp
            message += line
        return message

    def _end(self, peer: socket.socket, message: bytes) -> None:
        recipient, self._recipient, self._has_sender = self._recipient, "", False
        said = ""
        try:
            said = self._say(peer, "250 taken" if recipient else "554 nobody")
        finally:
            if recipient and said[:1] not in {"4", "5"}:
                self.whole.append((recipient, message))

    def _say(self, peer: socket.socket, usual: str) -> str:
        mood = self._moods.pop(0) if self._moods else "fine"
        said = usual if mood == "fine" else mood
        if said == HANG_UP:
            raise HungUp
        peer.sendall(said.encode() + b"\r\n")
        return said


def letter(key: int) -> bytes:
    return b"Subject: %d\r\n\r\nto p%d@x.example\r\n" % (key, key)


@settings(max_examples=100, deadline=None)
@example([], [])
@example([], ["PIPELINING"])
@example([], ["CHUNKING"])
@example([], ["PIPELINING", "CHUNKING"])
@given(st.lists(st.sampled_from(MOODS), max_size=24), st.sampled_from(OFFERS))
def test_each_copy_is_accounted_for_and_reaches_nobody_else(moods: list[str], offers: list[str]) -> None:
    taken: list[int | None] = []
    dots: list[int | None] = []

    def copies() -> Iterator[Copy]:
        for key in range(5):
            taken.append(key)
            yield Copy(key, Envelope("", f"p{key}@x.example"), letter(key))

    server = MoodyServer(list(moods), offers)
    with Client(Relay("127.0.0.1", server.port), timeouts=QUICK if moods else Timeouts()) as ours:
        back = [(copy.key, outcome.kind) for copy, outcome in ours.send_all(copies(), before_dot=dots.append)]
    server.thread.join(5)

    assert [key for key, _ in back] == taken
    kinds = dict(back)
    arrived = [int(who[1]) for who, _ in server.whole]
    assert [message for _, message in server.whole] == [letter(key) for key in arrived]
    assert len(arrived) == len(set(arrived))
    assert set(arrived) <= set(dots)
    if STRAY not in moods or "CHUNKING" not in offers:
        assert {kinds[key] for key in arrived} <= MAY_HAVE_ARRIVED
        assert {key for key in kinds if kinds[key] is Kind.ACCEPTED} <= set(arrived)
    if not moods:
        assert list(kinds.values()) == [Kind.ACCEPTED] * 5
