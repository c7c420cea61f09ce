"""The form in which DKIM hashes a letter: "relaxed" for header and body (RFC 6376 sections 3.4.2 and 3.4.4)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.errors import BadLetter

# Only single characters are possessive: with groups Python 3.11.2 goes wrong, which Debian 12 has (CPython gh-106052).
_REST = rb"[^\r]*+(?:\r(?!\n)[^\r]*+)*"
_VALUE = b" ?(%b)" % _REST


@dataclass(frozen=True, slots=True)
class _Shape:
    """The fields of one header by name and order, which is the same in all letters of a run."""

    match: Callable[[bytes], re.Match[bytes] | None]
    names: bytes
    lines: bytes


class RelaxedFields:
    """Takes the wanted fields out of headers. Names are in small letters, each with a colon behind it."""

    def __init__(self, wanted: frozenset[bytes]) -> None:
        self._wanted = wanted
        self._shape = _shape_of(b"", wanted)

    def of(self, head: bytes) -> tuple[bytes, bytes]:
        """The names of the wanted fields, and their canonical lines, the last field first.

        `head` is the header with the CRLF of its last field, without the empty line; BadLetter without that CRLF.
        """
        unfolded = _relaxed(b" ".join(head.replace(b"\t", b" ").rsplit(b"\r\n ")))
        shape = self._shape
        found = shape.match(unfolded)
        if found is None:
            shape = self._shape = _shape_of(unfolded, self._wanted)
            found = shape.match(unfolded)
        if found is None:
            raise BadLetter("A letter whose header has no end cannot be signed.")
        return shape.names, shape.lines % found.groups()[::-1]


def relaxed_body(body: bytes) -> bytes:
    """The body, everything after the empty line."""
    if not body.endswith(b"\r\n"):
        body += b"\r\n"  # as SMTP does before the final dot
    body = _relaxed(body.replace(b"\t", b" "))
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[: end + 2] if end else b""


def _relaxed(text: bytes) -> bytes:
    """Text without tabs that ends with CRLF: each run of spaces as one, none at the end of a line."""
    # From the end, because bytes are searched three times as fast that way. A regular expression takes twice as long.
    pieces = text.rsplit(b"  ")
    if len(pieces) > 1:
        indent = b"" if pieces[0] else b" "
        text = indent + b" ".join([piece.rstrip(b" ") for piece in pieces if piece])
    return text.replace(b" \r\n", b"\r\n") if text.rfind(b" \r\n") >= 0 else text


def _shape_of(unfolded: bytes, wanted: frozenset[bytes]) -> _Shape:
    pattern: list[bytes] = []
    chosen: list[bytes] = []
    for line in unfolded.split(b"\r\n")[:-1]:
        name, colon, _ = line.partition(b":")
        small = name.lower().rstrip(b" ") + colon
        is_wanted = small in wanted
        pattern.append(re.escape(name) + colon + (_VALUE if is_wanted else _REST) + b"\r\n")
        if is_wanted:
            chosen.insert(0, small)
    match = re.compile(b"".join(pattern)).fullmatch
    return _Shape(match, b"".join(chosen), b"".join(name.replace(b"%", b"%%") + b"%b\r\n" for name in chosen))
