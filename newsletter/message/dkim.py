"""DKIM signatures (RFC 6376, 8301, 8463): relaxed/relaxed, whole body, oversigned."""

import os
import threading
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from struct import Struct

from newsletter.errors import BadLetter
from newsletter.message.dkim_relaxed import RelaxedFields, relaxed_body

# Each is named once more than it occurs, so that an added one breaks the signature (RFC 6376 section 5.4.2). No relay
# has reason to add one of these.
_OVERSIGNED = (
    b"from:to:cc:subject:date:message-id:reply-to:mime-version:content-type:content-transfer-encoding:"
    b"list-id:list-unsubscribe:list-unsubscribe-post:"
)
_FURTHER = (
    b"sender:in-reply-to:references:content-language:auto-submitted:feedback-id:cfbl-address:cfbl-feedback-id:"
    b"list-help:list-owner:list-post:list-archive:list-subscribe:"
)
_SIGNED = frozenset((_OVERSIGNED + _FURTHER).replace(b":", b": ").split())
_OWN = frozenset({b"dkim-signature:"})
_LINE = 72

Signature = Callable[[bytes], bytes]
"""From a SHA-256 digest to its signature."""

Opening = tuple[bytes, bytes]
"""A DKIM-Signature field up to its body hash, as it is written and as it is hashed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One key as a signature names it. `cut` makes a signing function that one thread keeps for itself.

    Threads that share a key of OpenSSL wait for each other: two of them signed 6,500 letters/s instead of 8,900.
    """

    algorithm: str
    domain: str
    selector: str
    cut: Callable[[], Signature]


class DkimSigner:
    """Signs letters with the keys of one domain. Any thread may use it. `warnings` are sentences about weak keys."""

    def __init__(self, seals: Sequence[Seal], warnings: Sequence[str] = ()) -> None:
        self.seals = tuple(seals)
        self.warnings = tuple(warnings)
        self._own = threading.local()
        self._fields = RelaxedFields(_SIGNED)
        self._latest: tuple[bytes, int, list[Opening]] = (b"", 0, [])

    def sign(self, letter: bytes, now: datetime) -> bytes:
        """The letter with a DKIM-Signature field for each key before it.

        `letter` is what goes over the wire, before dot-stuffing. Raises BadLetter where there is no From or no end of
        the header.
        """
        return self._signed(letter, int(now.timestamp()))

    def sign_many(self, letters: Sequence[bytes], now: datetime) -> list[bytes]:
        """The letters signed, in their order, by all cores at once. Raises what `sign` raises."""
        seconds = int(now.timestamp())
        signed = [b""] * len(letters)
        numbers = iter(range(len(letters)))

        def sign_what_is_left() -> None:
            for number in numbers:  # each number goes to one thread
                signed[number] = self._signed(letters[number], seconds)

        for task in [_pool().submit(sign_what_is_left) for _ in range(_CORES)]:
            task.result()
        return signed

    def _signed(self, letter: bytes, seconds: int) -> bytes:
        end = letter.find(b"\r\n\r\n")
        # Of several fields with one name the last comes first (RFC 6376 section 5.4.2).
        names, fields = self._fields.of(letter[: end + 2])
        if b"from:" not in names:
            raise BadLetter("A letter without From cannot be signed.")
        body_hash = b2a_base64(sha256(relaxed_body(letter[end + 4 :])).digest(), newline=False)
        written: list[bytes] = []
        for (opening, canonical), signature in zip(self._openings(names, seconds), self._signatures(), strict=True):
            value = b2a_base64(signature(sha256(fields + canonical + body_hash + b"; b=").digest()), newline=False)
            written += (opening, body_hash, b";\r\n b=", b"\r\n ".join(_line_cutter(len(value))(value)), b"\r\n")
        written.append(letter)
        return b"".join(written)

    def _openings(self, names: bytes, seconds: int) -> list[Opening]:
        """Of each signature; the same for all letters that have the same header fields and are signed together."""
        latest = self._latest
        if latest[0] != names or latest[1] != seconds:
            latest = self._latest = names, seconds, [_opening(seal, names, seconds) for seal in self.seals]
        return latest[2]

    def _signatures(self) -> list[Signature]:
        """Of each seal, for the thread that asks."""
        own: list[Signature] | None = getattr(self._own, "signatures", None)
        if own is None:
            own = self._own.signatures = [seal.cut() for seal in self.seals]
        return own


_CORES = os.cpu_count() or 1


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    # Signing does not hold the interpreter's lock, so threads fill all cores.
    return ThreadPoolExecutor(_CORES, thread_name_prefix="dkim")


def _opening(seal: Seal, names: bytes, seconds: int) -> Opening:
    named = _folded_names(names + _OVERSIGNED)
    tags = f"v=1; a={seal.algorithm}; c=relaxed/relaxed;\r\n d={seal.domain};\r\n s={seal.selector}; t={seconds}"
    opening = b"DKIM-Signature: %b;\r\n h=%b;\r\n bh=" % (tags.encode(), named)
    _, canonical = RelaxedFields(_OWN).of(opening + b"\r\n")
    return opening, canonical[:-2]


@lru_cache
def _line_cutter(size: int) -> Callable[[bytes], tuple[bytes, ...]]:
    lines, rest = divmod(size, _LINE)
    return Struct(f"{_LINE}s" * lines + f"{rest}s" * (rest > 0)).unpack


def _folded_names(names: bytes) -> bytes:
    lines, line = [], b""
    for name in names[:-1].split(b":"):
        if len(line) + len(name) > _LINE:
            lines.append(line)
            line = b""
        line += name + b":"
    return b"\r\n ".join((*lines, line[:-1]))
