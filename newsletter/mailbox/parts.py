"""What can be read in the source of a message, however broken it is."""

import re
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


def header_list(raw: bytes) -> list[tuple[str, str]]:
    """Names and values in order, unfolded but not decoded. A line that is no header has an empty name."""
    block = _END_OF_HEADERS.split(raw, maxsplit=1)[0].decode(errors="replace")
    lines = [line.removesuffix("\r") for line in _FOLD.sub("", block).split("\n")]
    return [
        (name, value.strip(" \t")) if colon else ("", line)
        for line in lines
        if line
        for name, colon, value in [line.partition(":")]
    ]


def subject(raw: bytes) -> str:
    """The decoded Subject on one line, empty where there is none."""
    written = next((value for name, value in header_list(raw) if name.lower() == "subject"), "")
    try:
        decoded = "".join(_word(octets, charset) for octets, charset in decode_header(written))
    except (ValueError, LookupError, MessageError):
        decoded = written
    return " ".join(storable(decoded).split())


def text_of(raw: bytes, kind: str) -> str | None:
    """The text of the first part of this type, such as text/html, that is no attachment; None where there is none."""
    try:
        message = message_from_bytes(raw)
        parts = (part for part in message.walk() if part.get_content_type() == kind and not _is_attached(part))
        part = next(parts, None)
        return None if part is None else storable(_decoded(part))
    except Exception:  # noqa: BLE001 - the library raises almost anything on hostile mail, RecursionError included
        return None


def storable(text: str) -> str:
    """The text without lone surrogates, which no file and no page can hold."""
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def _word(word: bytes | str, charset: str | None) -> str:
    if isinstance(word, str):
        return word
    # decode_header gives what stands between encoded words in this form.
    return word.decode(charset, "replace") if charset else word.decode("raw-unicode-escape", "replace")


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _decoded(part: Message) -> str:
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return ""
    try:
        return octets.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return octets.decode(errors="replace")
