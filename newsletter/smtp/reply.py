"""What a server says, read from the wire in pieces of any size (RFC 5321 4.2, RFC 3463)."""

import re
from enum import StrEnum
from typing import NamedTuple

# RFC 5321 4.5.3.1.5 allows 512 octets, and real servers exceed it; beyond these bounds nobody is talking SMTP.
LONGEST_LINE = 4096
MOST_LINES = 128
LONGEST_TEXT = 512

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_GOES_ON = re.compile(rb"[2-5][0-9][0-9]-")
_ENHANCED = re.compile(rb"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: +|\Z)")


class Fault(StrEnum):
    """Why something received is not a reply."""

    NO_CODE = "no reply code"
    MIXED_CODES = "two codes in one reply"
    LINE_TOO_LONG = "an over-long line"
    TOO_MANY_LINES = "too many lines"


class Reply(NamedTuple):
    """One whole answer: `code` 200 to 599 (0: garbage), enhanced status or None, text as one printable line.

    The text has at most 512 characters; for garbage it begins with the Fault and goes on with what was received.
    """

    code: int
    enhanced: str | None
    text: str

    @property
    def digit(self) -> int:
        """The first digit, 2 to 5, on which alone decisions rest (RFC 5321 4.2); 0 for garbage."""
        return self.code // 100

    def __str__(self) -> str:
        if self.enhanced and self.text:  # nearly all, once for each copy
            return f"{self.code} {self.enhanced} {self.text}"
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


def one_line(octets: bytes) -> str:
    """The octets as printable text on one line, at most 512 characters; what cannot be shown becomes U+FFFD."""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        # Old relays speak the local 8-bit set; Latin-1 keeps at least their ASCII and never fails.
        text = octets.decode("latin-1")
    text = text[:LONGEST_TEXT]
    return (
        text
        if text.isprintable()
        else "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    )


class ReplyReader:
    """Octets in, whole replies out. Garbage comes out as a reply of code 0, after which the rest is dropped."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._code = b""
        self._texts: list[bytes] = []
        self.lines: list[bytes] = []
        """The texts behind the codes of the reply last taken, one a line; EHLO needs them apart."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was received beyond the replies already taken."""
        return not self._unread and not self._texts

    def feed(self, octets: bytes | memoryview) -> None:
        """Add what the socket gave."""
        self._unread += octets

    def holds(self, replies: int) -> bool:
        """Whether so many replies can be taken, or what is here is none."""
        lines = self._unread.split(b"\n")[:-1]
        whole = sum(_GOES_ON.match(line) is None for line in lines)
        return whole >= replies or len(lines) > MOST_LINES or len(self._unread) > LONGEST_LINE

    def take(self) -> Reply | None:
        """The next whole reply, or None until more is fed."""
        while (end := self._unread.find(b"\n", 0, LONGEST_LINE + 1)) >= 0:
            line = bytes(self._unread[:end])
            del self._unread[: end + 1]
            reply = self._read(line.removesuffix(b"\r"))
            if reply is not None:
                return reply
        if len(self._unread) > LONGEST_LINE:
            return self._garbage(Fault.LINE_TOO_LONG, bytes(self._unread))
        return None

    def _read(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if match is None:
            return self._garbage(Fault.NO_CODE, line)
        code, mark, text = match.groups(b"")
        if self._texts and code != self._code:
            return self._garbage(Fault.MIXED_CODES, line)
        self._code = code
        self._texts.append(text)
        if mark != b"-":
            return self._whole()
        if len(self._texts) > MOST_LINES:
            return self._garbage(Fault.TOO_MANY_LINES, line)
        return None

    def _whole(self) -> Reply:
        self.lines, self._texts = self._texts, []
        enhanced = _ENHANCED.match(self.lines[0])
        if enhanced is None:
            return Reply(int(self._code), None, one_line(b" ".join(self.lines)))
        status = enhanced[1]
        words = [line.removeprefix(status).lstrip() for line in self.lines]
        return Reply(int(self._code), status.decode("ascii"), one_line(b" ".join(words)))

    def _garbage(self, fault: Fault, received: bytes) -> Reply:
        self._unread.clear()
        self._texts.clear()
        self.lines = []
        return Reply(0, None, one_line(f"{fault}: ".encode() + received))
