"""A mail that came in, as far as anybody here needs to know it. Pure: bytes to a frozen report, and never an error."""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser

from newsletter.bounce.absence import is_automatic_answer, says_they_left
from newsletter.bounce.arf import Complaint, read_complaint
from newsletter.bounce.dsn import Failure, read_failure
from newsletter.bounce.phrases import one_line

LONGEST_SUBJECT = 200
_LARGEST, _LARGEST_HEAD = 1024 * 1024, 256 * 1024  # octets that are looked at
_LONGEST_THREAD, _MOST_ANSWERED = 4_000, 10
_ADDRESS = re.compile(r"[^\s<>\"(),:;]{1,64}@[^\s<>\"(),:;]{1,255}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,240}>")  # printable ASCII without its own brackets
_MACHINES = re.compile(r"(mailer-daemon|postmaster|owner-.*|.*-request|.*-owner|no-?reply)", re.IGNORECASE)
_BULK = {"bulk", "list", "junk"}


@dataclass(frozen=True, slots=True)
class Report:
    """`message_id` is empty where the mail has none that can be answered to; `is_automatic`: nobody is to be answered.

    `complaint` is None for everything that is no feedback report (RFC 5965), `failure` for everything that does not say
    that a mail was not delivered. `says_they_left`: an answering program says that its owner has left the firm.
    `answers` are the Message-IDs it answers, the nearest first; `sender` is the address in From, empty where there is
    none; `hops` is how many servers passed it on.
    """

    message_id: str
    is_automatic: bool
    complaint: Complaint | None
    failure: Failure | None
    says_they_left: bool
    answers: tuple[str, ...]
    sender: str
    subject: str
    hops: int


def read_report(octets: bytes, envelope_sender: str) -> Report:
    """What a mail says of itself. `envelope_sender` is its return path, empty for none."""
    octets = octets[:_LARGEST]
    head = BytesHeaderParser().parsebytes(octets[:_LARGEST_HEAD])
    message_id, subject = value_of(head, "Message-ID"), subject_of(head)
    failure = read_failure(head, octets, envelope_sender)
    answers_for_somebody = failure is None and is_automatic_answer(head, subject)
    return Report(
        message_id=message_id if _MESSAGE_ID.fullmatch(message_id) else "",
        is_automatic=answers_for_somebody or _is_automatic(head, envelope_sender),
        complaint=read_complaint(head, octets),
        failure=failure,
        says_they_left=answers_for_somebody and says_they_left(head, octets, subject),
        answers=_answers(head),
        sender=_sender(head),
        subject=subject,
        hops=len(head.get_all("Received", [])),
    )


def _answers(head: Message) -> tuple[str, ...]:
    nearest = _MESSAGE_ID.findall(value_of(head, "In-Reply-To"))
    thread = _MESSAGE_ID.findall(value_of(head, "References")[-_LONGEST_THREAD:])
    return tuple(dict.fromkeys([*nearest, *reversed(thread)]))[:_MOST_ANSWERED]


def _sender(head: Message) -> str:
    found = _ADDRESS.findall(value_of(head, "From")[:1_000])
    return found[-1].lower() if found else ""


def subject_of(head: Message) -> str:
    """The subject as people read it (RFC 2047), on one line and cut to what is kept."""
    written = value_of(head, "Subject")[: 4 * LONGEST_SUBJECT]
    try:
        text = str(make_header(decode_header(written)))
    except (ValueError, LookupError, HeaderParseError):  # odd charsets, half an encoded word
        text = written
    return one_line(text, LONGEST_SUBJECT)


def _is_automatic(head: Message, envelope_sender: str) -> bool:
    """RFC 3834 section 2: who must not be answered."""
    submitted = value_of(head, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        not envelope_sender
        or _MACHINES.fullmatch(envelope_sender.rpartition("@")[0]) is not None
        or submitted not in ("", "no")
        or value_of(head, "Precedence").lower() in _BULK
        or any(name.lower().startswith(("list-", "x-auto-response-suppress")) for name in head)
    )


def value_of(head: Message, name: str) -> str:
    """The first value of a field as plain text on one line; empty where there is none."""
    return " ".join(str(head.get(name, "")).split())
