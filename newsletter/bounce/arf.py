"""A complaint as a mail provider reports it (RFC 5965): what kind it is, and what of our mail it gives back."""

import re
from dataclasses import dataclass
from email.message import Message

from newsletter.bounce.parts import fields_in, parameter, parts

ABUSE = "abuse"

_URI = re.compile(r"<\s*([^<>]+?)\s*>")
_GIVEN_BACK = {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"}


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report. `kind` is its type in lower case.

    `ways_out` are the addresses in List-Unsubscribe of the mail it is about, `return_paths` those the mail came from:
    what stands in the mail itself comes before what the report says (RFC 5965 section 2).
    """

    kind: str
    ways_out: tuple[str, ...]
    return_paths: tuple[str, ...]


def read_complaint(head: Message, octets: bytes) -> Complaint | None:
    """The complaint in a mail whose header is `head`; None where it is no feedback report."""
    if head.get_content_type() != "multipart/report" or parameter(head, "report-type") != "feedback-report":
        return None
    report, original = Message(), Message()
    for part in parts(head, octets):
        if part.kind == "message/feedback-report":
            report = fields_in(part.body)
        elif part.kind in _GIVEN_BACK:
            original = fields_in(part.body)
    paths = [original.get("Return-Path", ""), report.get("Original-Mail-From", "")]
    ways = "".join(str(value) for value in original.get_all("List-Unsubscribe", []))
    return Complaint(
        kind=str(report.get("Feedback-Type", "")).strip().lower(),
        ways_out=tuple("".join(uri.split()) for uri in _URI.findall(ways)),
        return_paths=tuple(str(path).strip(" <>\r\n\t") for path in paths if path),
    )
