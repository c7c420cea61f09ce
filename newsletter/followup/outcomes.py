"""How work ends, and what is learned of the machine on the way, by code. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Outcome(StrEnum):
    """How it ended. Codes are kept for ever."""

    SPOKE = "spoke"
    WANTS_OFFER = "wants_offer"
    TRADE_IN = "trade_in"
    NOT_INTERESTED = "not_interested"
    WRONG_PERSON = "not_responsible"
    NO_ANSWER = "no_answer"
    NOT_NEEDED = "not_needed"
    NO_CONTACT = "no_contact"
    TAKEN_BACK = "taken_back"


class Found(StrEnum):
    """What became of the machine, as they told the colleague."""

    IN_USE = "in_use"
    BACKUP = "backup"
    SOLD = "sold"
    REPLACED = "replaced"
    SCRAPPED = "scrapped"
    STORED = "stored"
    GONE = "gone"


TO_CHOOSE: Mapping[Outcome, str] = {
    Outcome.SPOKE: "Spoke to them",
    Outcome.WANTS_OFFER: "They want an offer",
    Outcome.TRADE_IN: "They are interested in trade-in",
    Outcome.NOT_INTERESTED: "Spoke to them; they want nothing now",
    Outcome.WRONG_PERSON: "Not the one who is responsible",
    Outcome.NO_ANSWER: "No answer",
    Outcome.NOT_NEEDED: "Nothing to do",
}
"""What a colleague may choose, as it reads."""

IN_WORDS: Mapping[Outcome, str] = {
    **TO_CHOOSE,
    Outcome.NO_CONTACT: "They asked not to be contacted",
    Outcome.TAKEN_BACK: "They took back what they had said",
}
"""Every outcome as it reads."""

FOUND: Mapping[Found, str] = {
    Found.IN_USE: "In use",
    Found.BACKUP: "Back-up",
    Found.SOLD: "Sold",
    Found.REPLACED: "Replaced by another machine",
    Found.SCRAPPED: "Scrapped",
    Found.STORED: "In storage",
    Found.GONE: "No longer in use",
}
"""What was found, as it reads."""

NEXT: Mapping[Outcome, str] = {
    Outcome.WANTS_OFFER: "Make them an offer.",
    Outcome.TRADE_IN: "Talk about the next machine and trade-in.",
    Outcome.WRONG_PERSON: "Find the right contact: ask who looks after the machines now.",
}
"""What the next colleague is to do, where work is handed over with this outcome."""

CONTACTED = frozenset(
    {Outcome.SPOKE, Outcome.WANTS_OFFER, Outcome.TRADE_IN, Outcome.NOT_INTERESTED, Outcome.WRONG_PERSON}
)
"""With these somebody was spoken to."""
