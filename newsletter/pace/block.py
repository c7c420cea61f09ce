"""Whether a refusal is about us and not about the person: a provider's policy block.

Such a refusal pauses the whole domain, even where it may have meant one copy: the next copy says the same in the same
words to the same filter, and being refused again costs reputation, while an hour's wait costs little.
"""

import re

from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.reply import Reply

# X.7.x of RFC 3463, 4954, 5248, 7293 and of Exchange that speak of our login (8 to 13), or of one mailbox: a closed
# list (2), a new owner (17), a mailbox that takes mail from colleagues only (124 to 136).
_NOT_A_BLOCK = {"2", "8", "9", "11", "12", "13", "17", "124", "129", "133", "134", "135", "136"}
# "4.7.0" and "4.7.1" are also what greylisting, a filter that is down and a missing certificate are called.
_VAGUE = {"0", "1"}
_GREYLIST = re.compile(r"gr[ae]y.?list", re.IGNORECASE)
_BLOCK = re.compile(
    r"block(ed|ing|list)|black.?list|spamhaus|barracuda|spamcop|dnsbl|\brbl\b|reputation|unsolicited|suspicious|banned"
    r"|spam|rate.?limit|too many (messages|connections)|policy|dmarc|\bspf\b|dkim|reverse dns|\bptr\b"
    r"|not in whitelist|access denied",
    re.IGNORECASE,
)
# Providers that refuse without an enhanced status say so in words that speak of a sender, not of a mailbox.
_BLOCKED_SENDER = re.compile(
    r"spamhaus|barracuda|spamcop|dnsbl|\brbl\b|black.?list|block.?list|reputation|\bptr\b|reverse dns|unsolicited"
    r"|(ip|host|server|sender|address|client)\b.{0,60}\b(blocked|banned|listed)|part of their network",
    re.IGNORECASE,
)
_SUBJECTS = {Cause.POLICY, Cause.CONTENT, Cause.RECIPIENT, Cause.SENDER, Cause.CONNECTION, Cause.LIMIT}


def is_policy_block(outcome: Outcome) -> bool:
    """Whether the recipient's provider refuses us: X.7.x, or plain words where there is no status."""
    reply = outcome.reply
    if outcome.kind not in (Kind.REFUSED, Kind.DEFERRED) or outcome.cause not in _SUBJECTS or reply is None:
        return False
    if _GREYLIST.search(reply.text) and reply.digit == 4:
        return False
    if reply.enhanced is None:
        return bool(_BLOCKED_SENDER.search(reply.text))
    return _status_blocks(reply, reply.enhanced)


def _status_blocks(reply: Reply, enhanced: str) -> bool:
    _, subject, detail = enhanced.split(".")
    if subject != "7" or detail in _NOT_A_BLOCK:
        return False
    return reply.digit == 5 or detail not in _VAGUE or bool(_BLOCK.search(reply.text))
