"""What staff read where the tables keep a code."""

from newsletter.account.contact import About, Means
from newsletter.audience.consent import ConsentAct
from newsletter.checkin.choose import Obstacle
from newsletter.followup.follow_up import Act
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
    ConsentAct.RESTORED: "takes back having left",
}

WAYS: dict[str, str] = {
    Way.PAGE: "on the page",
    Way.PREFERENCES: "on the preferences page",
    Way.ONE_CLICK: "by the mail program's button",
    Way.MAIL: "by mail",
    Way.COMPLAINT: "by a complaint to their mail provider",
    Way.STAFF: "told to a colleague",
    Way.PREFERENCES: "on the preferences page",
}

REASONS: dict[str, str] = {
    str(code): text for words in (wording.UNIT_ANSWERS, wording.FATES, wording.REASONS) for code, text in words.items()
}
"""What somebody tapped, in English. "backup" is a reason and an answer about one machine: the reason's words win."""

OBSTACLES: dict[str, str] = {
    Obstacle.SUPPRESSED: "we never write to this address again",
    Obstacle.OPTED_OUT: "opted out",
    Obstacle.NO_CONSENT: "never agreed to our mail",
    Obstacle.NO_CONTACT: "asked us to leave them alone about this",
    Obstacle.SAFETY_ONLY: "wants safety notices only",
    Obstacle.PAUSED: "paused our mail",
    Obstacle.NOT_THE_ONE: "told us that they are not the right person",
    Obstacle.UNREACHABLE: "our last mail came back",
    Obstacle.OTHER_MACHINES: "wants to hear of none of these machines",
    Obstacle.ASKED_LATELY: "was asked lately about another account",
}
"""Why somebody is not asked, as staff read it."""

MEANS: dict[str, str] = {Means.CALL: "Call", Means.VISIT: "Visit", Means.MAIL: "Mail"}

ABOUT: dict[str, str] = {
    About.RENEWAL: "a renewal",
    About.MACHINE: "a machine",
    About.OFFER: "an offer",
    About.THEM: "how they are",
    About.OTHER: "something else",
}
"""What we were in touch about."""

WORK: dict[str, str] = {
    Act.OPENED: "opened",
    Act.TOOK: "taken",
    Act.GAVE_BACK: "given back",
    Act.POSTPONED: "postponed",
    Act.HANDED_OVER: "handed over",
    Act.CLOSED: "closed",
    Act.REOPENED: "opened again",
}
"""What was done with a follow-up."""
