"""Short signed tokens: what a link, a return path or a header carries, and nobody can make without our key.

A token says its purpose and a few whole numbers. It does not expire and needs no row, so a link works after the
bulletin was deleted (CASL wants 60 days, people take years). The first key signs; every key verifies, so keys can be
rotated.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256

from newsletter.errors import BadToken

MAC_OCTETS = 16  # 128 bits, RFC 8058 section 6 "hard to forge"

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_BASE32 = b"abcdefghijklmnopqrstuvwxyz234567".ljust(256)


class Purpose(IntEnum):
    """What a token is good for; a token of one purpose is worthless for another."""

    OPT_OUT = 1  # person, topic, delivery
    RETURN_PATH = 2  # delivery
    ACKNOWLEDGE = 3  # person, delivery
    PREFERENCES = 4  # person
    CONFIRM = 5  # subscription request
    ADDRESS = 6  # address change, whose side of it
    STOP_BY_ADDRESS = 7  # person
    CHECK_IN = 9  # person, check-in letter
    HEARTBEAT = 10  # person, delivery
    SHOWN = 13  # milliseconds since 1970 when a page was shown
    MINE = 15  # person, minutes since 1970 when it was made
    MAIL_LEAVE = 14  # person, topic, delivery; caseless
    LETTER_PATH = 17  # posted letter; caseless
    VIEW_GATHERED = 11  # person, version


@dataclass(frozen=True, slots=True)
class Signer:
    """Keys, newest first. `sign` uses the first, `numbers` accepts any."""

    keys: tuple[bytes, ...]

    def sign(self, purpose: Purpose, *numbers: int) -> str:
        """A URL-safe token of about 30 characters."""
        return _to_base64(self._signed(purpose, numbers))

    def numbers(self, purpose: Purpose, token: str, count: int, *, or_more: bool = False) -> tuple[int, ...]:
        """The numbers a token was made with. Raises BadToken, saying nothing about why."""
        return self._verified(purpose, _from_base64(token), count, or_more=or_more)

    def sign_caseless(self, purpose: Purpose, *numbers: int) -> str:
        """A token of a-z and 2-7 only: mail servers may change the case of a local part."""
        return _to_base32(self._signed(purpose, numbers))

    def numbers_caseless(self, purpose: Purpose, token: str, count: int) -> tuple[int, ...]:
        """The numbers a caseless token was made with. Raises BadToken."""
        return self._verified(purpose, _from_base32(token), count)

    def hashes(self, text: str) -> tuple[str, ...]:
        """What may be kept of a text so that only who has a key can tell whether it is that text; newest key first."""
        return tuple(hmac.digest(key, b"newsletter hash\0" + text.encode(), "sha256").hex() for key in self.keys)

    def _signed(self, purpose: Purpose, numbers: tuple[int, ...]) -> bytes:
        payload = _payload(purpose, numbers)
        return payload + _mac_with(self.keys[0])(payload)

    def _verified(self, purpose: Purpose, signed: bytes, count: int, *, or_more: bool = False) -> tuple[int, ...]:
        payload, mac = signed[:-MAC_OCTETS], signed[-MAC_OCTETS:]
        genuine = [hmac.compare_digest(_mac_with(key)(payload), mac) for key in self.keys]
        if not any(genuine) or payload[:1] != bytes([purpose]):
            raise BadToken("This link is not complete or not ours.")
        numbers = _numbers(payload[1:])
        if len(numbers) < count or (len(numbers) > count and not or_more):
            raise BadToken("This link is not complete or not ours.")
        return numbers


@lru_cache(maxsize=64)
def _mac_with(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC (RFC 2104) under a key, begun once: going on from there takes a third of the time of `hmac.digest`."""
    block = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner, outer = (sha256(bytes(octet ^ pad for octet in block)) for pad in (0x36, 0x5C))
    inner.update(b"newsletter token\0")

    def mac(payload: bytes) -> bytes:
        inside, outside = inner.copy(), outer.copy()
        inside.update(payload)
        outside.update(inside.digest())
        return outside.digest()[:MAC_OCTETS]

    return mac


def _payload(purpose: Purpose, numbers: tuple[int, ...]) -> bytes:
    octets = bytearray((purpose,))
    for number in numbers:
        rest = number
        if rest < 0:
            msg = "Tokens carry whole numbers from 0."
            raise ValueError(msg)
        while rest > 127:
            octets.append(rest & 127 | 128)
            rest >>= 7
        octets.append(rest)
    return bytes(octets)


def _numbers(payload: bytes) -> tuple[int, ...]:
    numbers, current, shift = [], 0, 0
    for octet in payload:
        current |= (octet & 127) << shift
        shift += 7
        if octet < 128:
            numbers.append(current)
            current, shift = 0, 0
    return tuple(numbers)


def _from_base64(token: str) -> bytes:
    try:
        octets = base64.b64decode(_padded(token, 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadToken("This link is not complete or not ours.") from error
    # The last character has bits that no octet uses: only the one spelling we wrote is ours.
    if _to_base64(octets) != token:
        raise BadToken("This link is not complete or not ours.")
    return octets


def _from_base32(token: str) -> bytes:
    try:
        octets = base64.b32decode(_padded(token, 8), casefold=True)
    except (binascii.Error, ValueError) as error:
        raise BadToken("This return path is not ours.") from error
    if _to_base32(octets) != token.lower():  # the last character, as above
        raise BadToken("This return path is not ours.")
    return octets


def _to_base64(octets: bytes) -> str:
    return binascii.b2a_base64(octets, newline=False).translate(_URL_SAFE, b"=").decode()


def _to_base32(octets: bytes) -> str:
    # base64.b32encode takes four times as long, and every copy has a return path.
    digits = -(-len(octets) * 8 // 5)
    number = int.from_bytes(octets, "big") << digits * 5 - len(octets) * 8
    for low, high, shift in _apart(digits):
        number = number & low | (number & high) << shift
    return number.to_bytes(digits, "big").translate(_BASE32).decode()


@lru_cache(maxsize=64)
def _apart(digits: int) -> list[tuple[int, int, int]]:
    """Steps that move digits of 5 bits apart to an octet each: the upper half of all, then of each half, and so on."""
    steps = []
    half = 1 << (digits - 1).bit_length() - 1
    while half:
        low = sum(((1 << 5 * half) - 1) << start for start in range(0, 8 * digits, 16 * half))
        steps.append((low, low << 5 * half, 3 * half))
        half >>= 1
    return steps


def _padded(token: str, group: int) -> bytes:
    if not 0 < len(token) <= 120:
        raise BadToken("This link is not complete or not ours.")
    return token.encode("ascii", "replace") + b"=" * (-len(token) % group)
