"""The parts of a mail, by cutting at its boundary: no tree is built, so a MIME bomb costs one look at its octets."""

import binascii
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

_MOST_PARTS = 12
_LARGEST = 64 * 1024  # octets of a part that are looked at
_LONGEST_TEXT = 16_000  # characters of what it says to people
_TAG = re.compile(r"<(?:style|script)\b[^<]*</(?:style|script)>|<[^<>]{0,2000}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its type, its own fields, and the beginning of its body, decoded."""

    kind: str
    fields: Message
    body: bytes


def parts(head: Message, octets: bytes) -> Iterator[Part]:
    """The parts of a mail whose header is `head`; itself where it has none. Parts within parts are gone into once."""
    if head.get_content_maintype() != "multipart":
        yield _part(head, octets.replace(b"\r\n", b"\n").partition(b"\n\n")[2])
        return
    for part in _cut(octets, head):
        if part.kind.startswith("multipart/"):
            yield from _cut(part.body, part.fields)
        else:
            yield part


def fields_in(body: bytes) -> Message:
    """The header fields that a body begins with."""
    return BytesHeaderParser().parsebytes(body.lstrip(b"\n"))


def text_of(head: Message, octets: bytes) -> str:
    """What a mail says to people: the beginning of its first text, without marks."""
    for part in parts(head, octets):
        if part.kind in ("text/plain", "text/html"):
            text = _in_letters(part.body, parameter(part.fields, "charset"))
            return (_TAG.sub(" ", text) if part.kind == "text/html" else text)[:_LONGEST_TEXT]
    return ""


def parameter(head: Message, name: str, *, lower: bool = True) -> str:
    """A parameter of Content-Type; empty where there is none."""
    try:
        value = head.get_param(name, "")
    except (ValueError, IndexError):  # the library trips over some of what is sent
        return ""
    text = value if isinstance(value, str) else ""
    return text.lower() if lower else text


def _cut(octets: bytes, head: Message) -> Iterator[Part]:
    boundary = parameter(head, "boundary", lower=False)
    if not boundary:
        return
    delimiter = b"\n--" + boundary.encode("ascii", "replace")
    body = b"\n" + octets.replace(b"\r\n", b"\n")
    for cut in body.split(delimiter, _MOST_PARTS + 1)[1 : _MOST_PARTS + 1]:
        outer, _, inner = cut.lstrip(b"\n").partition(b"\n\n")
        yield _part(BytesHeaderParser().parsebytes(outer[:_LARGEST]), inner)


def _part(fields: Message, body: bytes) -> Part:
    coding = str(fields.get("Content-Transfer-Encoding", "")).strip().lower()
    return Part(fields.get_content_type(), fields, _decoded(body[:_LARGEST], coding))


def _decoded(body: bytes, coding: str) -> bytes:
    if coding == "quoted-printable":
        return quopri.decodestring(body)
    if coding == "base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        try:
            return b64decode(letters[: len(letters) // 4 * 4]).replace(b"\r\n", b"\n")
        except binascii.Error:
            return b""
    return body


def _in_letters(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")
