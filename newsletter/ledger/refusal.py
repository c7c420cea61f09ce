"""Why copies were refused for good, read from the servers' words in the ledger (RFC 3463 sections 3.2 to 3.8)."""

from collections.abc import Collection
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, literal

from newsletter.ledger.delivery import Delivery


class Refusal(StrEnum):
    """What a refusal was about."""

    MAILBOX = "mailbox"  # there is no such mailbox or domain, or it is shut: to try again is in vain
    POLICY = "policy"  # they do not want mail like ours, or from us; it says nothing about the person
    CONTENT = "content"  # something in this letter, its size included
    OTHER = "other"  # an answer without an enhanced status, or about the session


_SUBJECTS = {
    Refusal.MAILBOX: ("5.1.", "5.2."),
    Refusal.POLICY: ("5.7.",),
    Refusal.CONTENT: ("5.6.",),
}
# A size (5.2.3, 5.3.4) is about the letter, a sender's address that is not liked (5.1.7, 5.1.8) about us.
_STATUSES = {Refusal.CONTENT: ("5.2.3 ", "5.3.4 "), Refusal.POLICY: ("5.1.7 ", "5.1.8 ")}


def refusal() -> ColumnElement[str]:
    """The `Refusal` of a refused copy, as a column."""
    subject, status = func.substr(Delivery.reply, 5, 4), func.substr(Delivery.reply, 5, 6)
    by_status = [(status.in_(statuses), literal(cause.value)) for cause, statuses in _STATUSES.items()]
    by_subject = [(subject.in_(subjects), literal(cause.value)) for cause, subjects in _SUBJECTS.items()]
    return case(*by_status, *by_subject, else_=literal(Refusal.OTHER.value))


def is_refused_for(causes: Collection[Refusal], domain: str = "") -> ColumnElement[bool]:
    """Whether the refusal of a copy is one of these; with a domain, only copies to it."""
    wanted = refusal().in_([cause.value for cause in causes])
    return and_(wanted, Delivery.address.iendswith(f"@{domain}", autoescape=True)) if domain else wanted
