"""What staff read where the tables keep a code."""

from newsletter.audience.consent import ConsentAct
from newsletter.ledger.refusal import Refusal
from newsletter.ledger.states import State
from newsletter.optout.opt_out import Way
from newsletter.question import wording

DELIVERIES: dict[str, str] = {
    State.WAITING: "waits to be sent",
    State.CLAIMED: "is being sent",
    State.DEFERRED: "their server said: later",
    State.ACCEPTED: "accepted by their server",
    State.REFUSED: "refused by their server",
    State.IN_DOUBT: "sent, but their server never confirmed it",
    State.LET_BE: "sent, never confirmed, and left so",
    State.HELD: "held for a decision",
    State.WITHHELD: "not sent, because they left before",
    State.EXPIRED: "given up after many tries",
    State.CANCELLED: "cancelled",
    State.BOUNCED: "came back",
}

REFUSALS: dict[str, str] = {
    Refusal.MAILBOX: "the mailbox or its domain does not exist, or is shut",
    Refusal.POLICY: "they do not want mail like ours",
    Refusal.CONTENT: "something in the letter, or its size",
    Refusal.OTHER: "no cause was given",
}

CONSENTS: dict[str, str] = {
    ConsentAct.GRANTED: "agreed to get",
    ConsentAct.CONFIRMED: "confirmed to get",
    ConsentAct.PAUSED: "paused",
    ConsentAct.WITHDRAWN: "no longer agrees to get",
}

WAYS: dict[str, str] = {
    Way.PAGE: "on the page",
    Way.ONE_CLICK: "by the mail program's button",
}

REASONS: dict[str, str] = {
    str(code): text for words in (wording.UNIT_ANSWERS, wording.FATES, wording.REASONS) for code, text in words.items()
}
"""What somebody tapped, in English. "backup" is a reason and an answer about one machine: the reason's words win."""
