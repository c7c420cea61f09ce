"""What would have to change for somebody to get a bulletin: one sentence for each reason why not. Pure."""

from newsletter.audience.segment import Rule
from newsletter.ledger.states import State

_RULES = {
    Rule.SUPPRESSED: "Only they can change that, by subscribing again themselves; after a complaint or a dead address "
    "a colleague has to lift it with a reason.",
    Rule.OPTED_OUT: "Only they can change that: they subscribe again and confirm it from their own mailbox.",
    Rule.PAUSED: "Their pause has to end, by its day or by them.",
    Rule.SAFETY_ONLY: "They would have to choose more than safety notices on their preferences page.",
    Rule.DIGEST: "They would have to choose single mails instead of a digest on their preferences page.",
    Rule.MACHINES_CHOSEN: "They would have to want mails about one of these machines again.",
    Rule.NO_CONSENT: "They would have to agree to this topic: ask them to subscribe.",
    Rule.BOUNCED: "We need an address that works; a colleague enters it on the account.",
    Rule.ALREADY_SENT: "Nothing has to change: they have it, or a copy is on its way.",
    Rule.MISSING_VALUE: "Fill in the missing value on the account, or give the merge tag a default in the bulletin.",
}
_STATES = {
    State.WAITING: "",
    State.CLAIMED: "",
    State.DEFERRED: "Nothing: it is tried again by itself for five days.",
    State.ACCEPTED: "If they do not find it, their spam folder or their mail administrator knows more; the words above "
    "are what their server told us.",
    State.REFUSED: "Correct the address or what the server complains of, then try the refused copies again on the run.",
    State.IN_DOUBT: "Somebody has to decide on the page of the run: send once more, or leave it.",
    State.LET_BE: "Somebody may still send it once more from the run.",
    State.HELD: "Somebody has to decide on the page of the run: release it.",
    State.WITHHELD: "Only they can change that, by subscribing again or choosing more mail.",
    State.EXPIRED: "Try the copies that were given up again on the run, once their server answers.",
    State.CANCELLED: "Send the bulletin again: it goes to those who have not had it.",
    State.BOUNCED: "Correct the address on the account; a bulletin sent again goes to those who have not had it.",
}


def of_rule(rule: str) -> str:
    """What would have to change for somebody left out by a rule; "missing_value:name" is one."""
    return _RULES[Rule(rule.partition(":")[0])]


def of_state(state: State) -> str:
    """What would have to change for a copy that stands so; empty where it simply takes its turn."""
    return _STATES[state]
