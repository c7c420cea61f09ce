"""A mail that says another could not be delivered: RFC 3464, and what servers wrote before and beside it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from newsletter.bounce.grade import Grade, grade_of, statuses_in
from newsletter.bounce.parts import fields_in, parameter, parts, text_of
from newsletter.bounce.phrases import any_of, one_line

_STATUS_PARTS = {"message/delivery-status", "message/global-delivery-status"}
_FAILED = {"failed", "failure", "error"}
_MOST_RECIPIENTS = 50
_LONGEST = 200
_SUBJECTS = any_of(
    r"""
    undeliver|delivery (?:status|failure|failed|has failed|problem|error|report)
    returned mail|return(?:ed)? to sender|failure (?:notice|delivery)
    mail (?:delivery|system) (?:fail|error)|mail delivery|could not (?:be )?deliver|message (?:you sent|delivery)
    unzustellbar|nicht zugestellt
    non remis|échec
    no se (?:puede|ha podido) entregar
    mancata consegna
    não entregue|falha
    niedostarcz
    onbestelbaar
    kunde inte levereras
    nedoručit
    配信|投递|退信
    تعذر
    """
)
_DELAYED = any_of(r"delay|still being|warning|not yet been delivered|will (?:be )?(?:retr|continue)|verzöger")
_SENDERS = any_of(r"mailer-?daemon|postmaster|mail.?(?:system|delivery)|<>")
# From here on it is our own mail that came back, whose words are ours.
_GIVEN_BACK = re.compile(
    r"^(?:>|\W{0,6}-{2,80}.{0,40}(?:original|copy|returned|unsent|message|header)"
    r"|(?:Return-Path|Received|DKIM-Signature|Message-ID):)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """That a mail was not delivered, and never will be. `status` is empty where none was told; `words` are theirs."""

    grade: Grade
    status: str
    words: str


def read_failure(head: Message, octets: bytes, envelope_sender: str) -> Failure | None:
    """The failure that a mail reports; None for every other mail, and for one that says "not yet"."""
    if head.get_content_type() == "multipart/report" and parameter(head, "report-type") != "delivery-status":
        return None  # a receipt, or a complaint
    blocks = list(_blocks(head, octets))
    if blocks:
        return _of_blocks(blocks)
    return _in_words(head, octets, envelope_sender)


def _blocks(head: Message, octets: bytes) -> Iterator[Message]:
    """What is said of each recipient (RFC 3464 section 2.3)."""
    for part in parts(head, octets):
        if part.kind in _STATUS_PARTS:
            body = re.sub(rb"\n[ \t]*\n", b"\n\n", part.body)
            for block in body.split(b"\n\n", _MOST_RECIPIENTS)[:_MOST_RECIPIENTS]:
                fields = fields_in(block)
                if "Action" in fields or "Status" in fields:
                    yield fields
            return


def _of_blocks(blocks: list[Message]) -> Failure | None:
    """Of several recipients, which one address may be forwarded to, the mildest: one who got it is enough."""
    if any(_action(block) not in _FAILED for block in blocks):
        return None
    failures = [_failure(_value(block, "Status"), _value(block, "Diagnostic-Code")) for block in blocks]
    return max(failures, key=lambda failure: list(Grade).index(failure.grade))


def _action(block: Message) -> str:
    said = _value(block, "Action").lower()
    # Some say it by the status alone.
    return said.partition(" ")[0].strip(";,.") or ("failed" if _value(block, "Status").startswith("5") else "")


def _failure(status: str, words: str) -> Failure:
    code = statuses_in(status)
    return Failure(grade_of(code, words), statuses_in(words) or code, words[:_LONGEST])


def _in_words(head: Message, octets: bytes, envelope_sender: str) -> Failure | None:
    """What older servers write: a machine's mail whose subject, or sender, says that it is about delivery."""
    sender = _value(head, "From")
    by_machine = not envelope_sender or _SENDERS.search(sender) or _SENDERS.search(envelope_sender)
    subject = _value(head, "Subject")
    if not by_machine or not _SUBJECTS.search(subject) or _DELAYED.search(subject):
        return None
    text = text_of(head, octets)
    ours = _GIVEN_BACK.search(text)
    return _failure("", one_line(text[: ours.start()] if ours else text, 4_000))


def _value(head: Message, name: str) -> str:
    return one_line(str(head.get(name, "")), 500)
