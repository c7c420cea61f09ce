"""The header fields of a letter, each built strictly: those that many letters share are built once."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Self

from newsletter.errors import BadLetter
from newsletter.message.address import wire_address
from newsletter.message.letter import Fields, Mailbox
from newsletter.message.words import clean, clean_field, fold, phrase, unstructured

_OURS = frozenset(
    {"from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "content-type"}
    | {"content-transfer-encoding", "content-language", "content-disposition", "return-path", "received"}
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The fields that many letters share, ready, and the name of the one further field that is each letter's `own`."""

    above_to: str
    above_subject: str
    above_own: str
    own: str
    below_own: str
    unicode_addresses: tuple[str, ...]

    @classmethod
    def of(
        cls, sender: Mailbox, reply_to: Mailbox | None, language: str, mime: Fields, headers: Fields, own: str = ""
    ) -> Self:
        """A letterhead; `mime` says what the parts are, `headers` are further fields in wire form.

        `own` names the one of `headers` that each letter has its own value for; the value here is only looked at.
        Raises BadLetter for what cannot stand in a header.
        """
        _need_each_once(headers)
        fields = [_field(name, value) for name, value in headers]
        at = [name for name, _ in headers].index(own) if own else len(fields)
        ours = [fold(*field) for field in mime]
        return cls(
            above_to=_mailbox("From", sender, smtputf8=True) + "\r\n",
            above_subject=_mailbox("Reply-To", reply_to, smtputf8=True) + "\r\n" if reply_to else "",
            above_own=_lines("MIME-Version: 1.0", *ours, f"Content-Language: {_language(language)}", *fields[:at]),
            own=own,
            below_own=_lines(*fields[at + 1 :]),
            unicode_addresses=tuple(box.address for box in (sender, reply_to) if box and box.needs_smtputf8),
        )

    def octets(
        self, *, to: Mailbox, subject: str, date: datetime, message_id: str, own: str = "", smtputf8: bool = False
    ) -> bytes:
        r"""The head of one letter, each field with its closing `\r\n`.

        `own` is the value of the letter's own field, as `newsletter.message.headers` builds it. Raises BadLetter for
        what cannot stand in a header.
        """
        for address in self.unicode_addresses:
            wire_address(address, smtputf8=smtputf8)
        return (
            f"{self.above_to}{_mailbox('To', to, smtputf8=smtputf8)}\r\n"
            f"{self.above_subject}{_subject(subject)}\r\n"
            f"Date: {_date(date)}\r\n"
            f"Message-ID: {_message_id(message_id)}\r\n"
            f"{self.above_own}{_lines(fold(self.own, own)) if own else ''}{self.below_own}"
        ).encode()


def _lines(*fields: str) -> str:
    return "".join([f"{field}\r\n" for field in fields])


def _mailbox(field: str, mailbox: Mailbox, *, smtputf8: bool) -> str:
    address = f"<{wire_address(mailbox.address, smtputf8=smtputf8)}>"
    name = phrase(clean(mailbox.name, f"name in {field}"), len(field) + 2)
    return fold(field, f"{name} {address}" if name else address)


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


def _language(language: str) -> str:
    if not _LANGUAGE.fullmatch(language):
        raise BadLetter(f"{language!r} is not a language tag.", hint="It should look like de or pt-BR.")
    return language


def _need_each_once(headers: Fields) -> None:
    names = {name.lower() for name, _ in headers}
    if len(names) < len(headers) or names & _OURS:
        listed = ", ".join(name for name, _ in headers)
        raise BadLetter(f"A header stands twice or is ours to write: {listed}.", hint="Give each header once.")


def _field(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadLetter(f"{name!r} is not the name of a header.", hint="Use letters, digits and hyphens.")
    return fold(name, clean_field(name, value))
