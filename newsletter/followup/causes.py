"""What may open work: the answers that ask for somebody's hand, by code. Pure.

Codes of evidence stand here as plain text, because evidence opens work and this room knows nothing of it.
"""

from collections.abc import Mapping
from enum import StrEnum


class Cause(StrEnum):
    """What we heard, as far as somebody may have to act on it. Codes are kept for ever."""

    USED_OWN_SERVICE = "used_own_service"
    USED_OTHER_SERVICE = "used_other_service"
    BACKUP = "backup"
    NOT_USED = "not_used"
    SOLD = "sold"
    REPLACED = "replaced"
    SCRAPPED = "scrapped"
    STORED = "stored"
    TOO_MANY = "too_many"
    TOO_BUSY = "too_busy"
    NOT_USEFUL = "not_useful"
    NEVER_ASKED = "never_asked"
    NOT_MY_MACHINE = "not_my_machine"
    WRONG_PERSON = "wrong_person"
    OTHER = "other"
    LOOKING_AROUND = "looking_around"
    COMPLICATED = "complicated"
    COMPETITOR = "competitor"
    TRADE_IN = "trade_in"
    REBUILD = "rebuild"
    AUDIT = "audit"
    WORKSHOP = "workshop"
    AGREEMENT_ENDING = "agreement_ending"
    LAST_BOUNCE = "last_bounce"


IN_WORDS: Mapping[Cause, str] = {
    Cause.USED_OWN_SERVICE: "In use, looked after by their own people",
    Cause.USED_OTHER_SERVICE: "In use, serviced by another company",
    Cause.BACKUP: "Only a back-up now",
    Cause.NOT_USED: "No longer in use, not said why",
    Cause.SOLD: "Sold",
    Cause.REPLACED: "Replaced by another machine",
    Cause.SCRAPPED: "Scrapped",
    Cause.STORED: "In storage",
    Cause.TOO_MANY: "Too many mails",
    Cause.TOO_BUSY: "No time at the moment",
    Cause.NOT_USEFUL: "Mails not useful",
    Cause.NEVER_ASKED: "Never asked for our mails",
    Cause.NOT_MY_MACHINE: "Not about their machines",
    Cause.WRONG_PERSON: "Not the right person, or moved on",
    Cause.OTHER: "Something else",
    Cause.LOOKING_AROUND: "Looking around for another supplier",
    Cause.COMPLICATED: "Finds it complicated with us",
    Cause.COMPETITOR: "A competitor was in touch",
    Cause.TRADE_IN: "Interested in trade-in",
    Cause.REBUILD: "Interested in a rebuild",
    Cause.AUDIT: "Interested in an audit",
    Cause.WORKSHOP: "Interested in a workshop",
    Cause.AGREEMENT_ENDING: "The agreement ends",
    Cause.LAST_BOUNCE: "Nobody there can be reached by mail any more",
}
"""Each cause as staff read it."""

_OF_A_MACHINE = frozenset(
    {
        Cause.USED_OWN_SERVICE, Cause.USED_OTHER_SERVICE, Cause.BACKUP, Cause.NOT_USED,
        Cause.SOLD, Cause.REPLACED, Cause.SCRAPPED, Cause.STORED,
    }
)  # fmt: skip
_GONE, _CAME_BACK = "gone", "restored"
_BY_KIND = {"contact_left": Cause.WRONG_PERSON, "bounce": Cause.LAST_BOUNCE}
_TELL_NOTHING = frozenset({"opt_out", "machine_click", "human_click", "telemetry", "installation", "parts_order"})


def cause_of(kind: str, says: str | None, detail: str) -> Cause | None:
    """What a piece of evidence may open work for; None where it asks for nobody's hand.

    Words about a machine count only where they were taken as said of one here: whoever looks after machines at several
    accounts said it of one of them, and nobody is called because of a guess.
    """
    if kind in _TELL_NOTHING or detail == _CAME_BACK:
        return None
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    cause = Cause.NOT_USED if detail == _GONE else Cause(detail) if detail in set(Cause) else None
    return None if cause in _OF_A_MACHINE and says is None else cause
