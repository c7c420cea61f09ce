"""What a failed delivery says of the address: gone, full for now, or that somebody does not want mail like ours. Pure.

Only what says in so many words that the mailbox is gone is hard. A block, a size or an unclear word marks nobody.
"""

import re
from enum import StrEnum

from newsletter.bounce.phrases import any_of


class Grade(StrEnum):
    """How a delivery failed. Only the first two are about the address."""

    HARD = "hard"  # there is no such mailbox or domain, or it is shut
    SOFT = "soft"  # full, or not to be reached for days
    POLICY = "policy"  # they do not want mail like ours, or from us
    CONTENT = "content"  # something in this letter, its size included
    UNCLEAR = "unclear"


_STATUS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")

_HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.310"})
_SOFT = frozenset({"5.2.2", "5.4.1", "5.4.7", "5.4.300", "5.4.317"})
_CONTENT = frozenset({"5.2.3", "5.3.4"})
_POLICY = frozenset({"5.1.7", "5.1.8", "5.7.0"})

_BLOCKED = any_of(
    r"""
    spam|unsolicited|virus|malware|suspicious
    \bblock(?:ed|list|ing)|(?:black|deny|white|grey)\W?list|\b(?:dns)?[rs]bls?\b|uribl|surbl
    reputation|\bpolicy|policies|prohibited|\bbanned|access denied|rate limit
    spf\b|dkim|dmarc|authenticat|reverse dns|rdns|\bptr\b|helo
    relay(?:ing)?\W(?:is )?(?:access )?(?:denied|not permitted|prohibited)
    relay access|not (?:a|an open) relay|unable to relay|rcpthosts
    not (?:allowed|permitted|authori[sz]ed)
    sender (?:address )?(?:rejected|denied)
    content (?:was )?(?:rejected|filter)
    (?:rejected|refused|denied) (?:by|for|due to|because of) (?:content|policy|security|filter|administrat)
    """
)
_TOO_LARGE = any_of(
    r"""
    (?:message|mail|size|too) .{0,30}(?:too (?:large|big)|exceeds)
    size limit|max(?:imum)? .{0,12}size
    """
)
_FULL = any_of(
    r"""
    quota|(?:mailbox|mail box|inbox|mailfolder|folder|account).{0,40}\bfull\b
    \bover.?limit|storage|insufficient|disk full|too many
    temporar|try again|timed? ?out|\bdeferred|retry|retries
    connection (?:refused|timed)|unable to connect|could not connect
    delivery.{0,20}expired|not (?:been )?(?:reachable|delivered yet)
    """
)
_GONE = any_of(
    r"""
    unknown (?:or illegal )?(?:user|recipient|address|mailbox|local|alias|account|domain)
    (?:user|recipient|address|mailbox|account|alias|host|domain)(?: name)?(?: <?\S{1,80}>?)? ?(?:is |was )?\(?unknown
    (?:user|recipient|address|mailbox|account|alias|host|domain)(?: <?\S{1,80}>?)? ?(?:is |was )?not (?:found|known)
    (?:user|recipient|address) not listed
    (?:user|recipient|address|mailbox|account|alias|host|domain)(?: <?\S{1,80}>?)? ?(?:is |was )?invalid
    (?:user|recipient|address|mailbox|account|alias|host|domain)(?: <?\S{1,80}>?)? ?do(?:es)?(?: not|n.t) exist
    no such (?:user|recipient|address|mailbox|person|account|domain|host|local|employee|addressee)
    (?:does(?: not|n.t)|didn.t) have an? .{0,40}account|no account by that name
    not a (?:valid|known) (?:user|recipient|mailbox|address|domain)
    invalid (?:recipient|mailbox|user|address)
    no mailbox (?:here )?by that name|no longer (?:valid|exists|active|in use)
    (?:user|account|mailbox|address|recipient).{0,30}(?:disabled|deactivated|discontinued|terminated|suspended)
    (?:user|account|mailbox|address|recipient).{0,30}(?:closed|deleted|removed)
    (?:user|recipient|account).{0,20}not active
    bad destination (?:mailbox|system)|unrouteable address|unroutable
    name or service not known|host (?:or domain name )?not found|nxdomain
    """
)


def grade_of(status: str, words: str) -> Grade:
    """The grade of a failure from its enhanced status (RFC 3463) and the server's words; either may be empty.

    A status within the server's own words is nearer to what happened than the one around them.
    """
    named = [".".join(found) for found in _STATUS.findall(words)] + [status]
    telling = [code for code in named if code and not code.endswith(".0.0")]
    code = telling[0] if telling else ""
    if _BLOCKED.search(words) or code.startswith("5.7.") or code in _POLICY:
        return Grade.POLICY
    if code in _CONTENT or code.startswith(("5.6.", "4.6.")) or _TOO_LARGE.search(words):
        return Grade.CONTENT
    if code in _HARD:
        return Grade.UNCLEAR if _FULL.search(words) else Grade.HARD
    if code in _SOFT or code.startswith("4."):
        return Grade.SOFT
    if _FULL.search(words):
        return Grade.SOFT
    return Grade.HARD if _GONE.search(words) else Grade.UNCLEAR


def statuses_in(text: str) -> str:
    """The first enhanced status in a text; empty where there is none."""
    found = _STATUS.search(text)
    return ".".join(found.groups()) if found else ""
