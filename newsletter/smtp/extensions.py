"""What a server said it can do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

PIPELINING = "PIPELINING"
CHUNKING = "CHUNKING"


@dataclass(frozen=True, slots=True)
class Extensions:
    """The service extensions of one EHLO answer; `size` is the largest message in octets, None where unlimited."""

    pipelining: bool = False
    chunking: bool = False
    eight_bit: bool = False
    smtputf8: bool = False
    dsn: bool = False
    starttls: bool = False
    size: int | None = None
    logins: frozenset[str] = frozenset()

    @classmethod
    def from_lines(cls, lines: Sequence[bytes]) -> "Extensions":
        """The extensions in the texts of an EHLO reply, whose first line only greets; unknown ones are ignored."""
        words = [line.decode("latin-1").upper().replace("AUTH=", "AUTH ", 1).split() for line in lines[1:]]
        offers = {line[0]: line[1:] for line in words if line}
        return cls(
            pipelining=PIPELINING in offers,
            chunking=CHUNKING in offers,
            eight_bit="8BITMIME" in offers,
            smtputf8="SMTPUTF8" in offers,
            dsn="DSN" in offers,
            starttls="STARTTLS" in offers,
            size=_size(offers.get("SIZE", [])),
            logins=frozenset(word for line in words if line[:1] == ["AUTH"] for word in line[1:]),
        )

    def without(self, names: Collection[str]) -> "Extensions":
        """These without what PIPELINING or CHUNKING among the names stands for."""
        pipelining, chunking = self.pipelining and PIPELINING not in names, self.chunking and CHUNKING not in names
        return replace(self, pipelining=pipelining, chunking=chunking)


def _size(words: Sequence[str]) -> int | None:
    # RFC 1870 section 4: nothing or 0 means no fixed limit, and 20 digits are the most it may have.
    if not words or not words[0].isascii() or not words[0].isdigit() or len(words[0]) > 20:
        return None
    return int(words[0]) or None
