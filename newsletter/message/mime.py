"""Letters as bytes (RFC 5322, 2045, 2046, 2047).

`email.message.EmailMessage` is not used: it makes encoded words of long List-Unsubscribe links, which kills one-click.
"""

import re
from binascii import b2a_qp
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b

from newsletter.errors import BadLetter
from newsletter.message.address import wire_address
from newsletter.message.letter import Letter, Mailbox
from newsletter.message.words import clean, clean_field, fold, phrase, unstructured

_OURS = frozenset(
    {"from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "content-type"}
    | {"content-transfer-encoding", "content-language", "content-disposition", "return-path", "received"}
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_BLANK_AT_THE_LIMIT = re.compile(rb"^([^\r\n]{74,})(=(?:20|09)\r\n)", re.MULTILINE)


def to_bytes(letter: Letter, *, eight_bit: bool = False, smtputf8: bool = False) -> bytes:
    r"""The letter as it goes over the wire, before dot-stuffing; the header fields end at the first `\r\n\r\n`.

    The same letter gives the same bytes. `eight_bit` and `smtputf8` say what the server offers (8BITMIME, SMTPUTF8).
    Raises BadLetter for what cannot be sent as it stands; nothing is dropped or mended in silence.
    """
    parts = (_part("plain", letter.text, eight_bit=eight_bit), _part("html", letter.html, eight_bit=eight_bit))
    boundary = _boundary(letter.message_id, parts)
    coding = "7bit" if all(map(bytes.isascii, parts)) else "8bit"
    head = "\r\n".join(
        (
            *_head(letter, smtputf8=smtputf8),
            f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
            f"Content-Transfer-Encoding: {coding}",
            f"Content-Language: {_language(letter.language)}",
            *_further(letter.headers),
        )
    )
    line = b"\r\n--" + boundary.encode()
    return b"".join((head.encode(), b"\r\n", line, parts[0], line, parts[1], line, b"--\r\n"))


def _head(letter: Letter, *, smtputf8: bool) -> Iterator[str]:
    yield _mailbox_often("From", letter.sender, smtputf8=smtputf8)
    yield _mailbox("To", letter.to, smtputf8=smtputf8)
    if letter.reply_to is not None:
        yield _mailbox_often("Reply-To", letter.reply_to, smtputf8=smtputf8)
    yield _subject(letter.subject)
    yield f"Date: {_date(letter.date)}"
    yield f"Message-ID: {_message_id(letter.message_id)}"
    yield "MIME-Version: 1.0"


def _mailbox(field: str, mailbox: Mailbox, *, smtputf8: bool) -> str:
    address = f"<{wire_address(mailbox.address, smtputf8=smtputf8)}>"
    name = phrase(clean(mailbox.name, f"name in {field}"), len(field) + 2)
    return fold(field, f"{name} {address}" if name else address)


_mailbox_often = lru_cache(maxsize=256)(_mailbox)


@lru_cache(maxsize=256)
def _subject(subject: str) -> str:
    if not subject.strip():
        raise BadLetter("The subject is empty.", hint="Give the bulletin a title.")
    return fold("Subject", unstructured(clean(subject, "subject"), len("Subject: ")))


@lru_cache(maxsize=64)
def _date(date: datetime) -> str:
    if date.tzinfo is None:
        raise BadLetter("The date of a letter needs a time zone.", hint="Give an aware datetime.")
    return format_datetime(date.astimezone(UTC))


def _message_id(message_id: str) -> str:
    address = message_id[1:-1]
    if message_id != f"<{address}>" or len(message_id) > 250 or not address.isascii():
        raise BadLetter(f"{message_id!r} is not a Message-ID.", hint="It should look like <token@example.com>.")
    wire_address(address)
    return message_id


@lru_cache(maxsize=64)
def _language(language: str) -> str:
    if not _LANGUAGE.fullmatch(language):
        raise BadLetter(f"{language!r} is not a language tag.", hint="It should look like de or pt-BR.")
    return language


def _further(headers: tuple[tuple[str, str], ...]) -> Iterator[str]:
    names = {name.lower() for name, _ in headers}
    if len(names) < len(headers) or names & _OURS:
        listed = ", ".join(name for name, _ in headers)
        raise BadLetter(f"A header stands twice or is ours to write: {listed}.", hint="Give each header once.")
    for name, value in headers:
        yield _field(name, value)


@lru_cache(maxsize=512)
def _field(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadLetter(f"{name!r} is not the name of a header.", hint="Use letters, digits and hyphens.")
    return fold(name, clean_field(name, value))


def _part(subtype: str, text: str, *, eight_bit: bool) -> bytes:
    octets = _canonical(text, subtype)
    raw = eight_bit and max(map(len, octets.split(b"\r\n"))) <= 998
    head = (
        f"\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {'8bit' if raw else 'quoted-printable'}\r\n\r\n"
    )
    return head.encode() + (octets if raw else _quoted_printable(octets))


def _canonical(text: str, what: str) -> bytes:
    try:
        octets = text.encode()
    except UnicodeEncodeError as cause:
        raise BadLetter(f"The {what} part holds half a character.", hint="Enter the text again.") from cause
    if b"\0" in octets:
        raise BadLetter(f"The {what} part holds a NUL character.", hint="Remove it.")
    if b"\r" in octets:
        octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return octets.replace(b"\n", b"\r\n")


def _quoted_printable(octets: bytes) -> bytes:
    # b2a_qp takes its soft line breaks from the first line break it sees, and makes bare LF if there is none.
    coded: bytes = b2a_qp(octets + b"\r\n")
    if b"=20\r\n" in coded or b"=09\r\n" in coded:
        # It also lets a blank at the end of a full line stretch that line to 77 octets (RFC 2045 section 6.7 rule 5).
        coded = _BLANK_AT_THE_LIMIT.sub(rb"\1=\r\n\2", coded)
    return coded[:-2]


def _boundary(message_id: str, parts: tuple[bytes, bytes]) -> str:
    seed = message_id
    while True:
        # "=_" cannot occur in quoted-printable (RFC 2045 section 6.7); an 8bit part might hold anything.
        boundary = "=_" + blake2b(seed.encode(errors="replace"), digest_size=16).hexdigest()
        if not any(boundary.encode() in part for part in parts):
            return boundary
        seed = boundary
