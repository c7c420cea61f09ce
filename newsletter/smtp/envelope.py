"""Who sends to whom, in a form that cannot say anything else to a server."""

import re
from functools import lru_cache
from unicodedata import category

from newsletter.domain import as_a_labels
from newsletter.errors import BadAddress, BadLetter

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_XTEXT = re.compile(r"[!-*,-<>-~]*")
_NOT_XTEXT = re.compile(rb"[^!-*,-<>-~]")
_LONGEST_LOCAL_PART = 64
_LONGEST_PATH = 256
_LONGEST_ENVID = 100


class Envelope:
    """One copy's way: return path (empty for none), recipient, and the id that a delivery report gives back.

    Only plain addresses are taken: no quoted local part, no address literal, so no address can carry a parameter.
    The domain is kept as A-labels, the id as `xtext`. Raises BadAddress, and BadLetter for an `envid` that no report
    could carry.
    """

    __slots__ = ("envid", "needs_smtputf8", "recipient", "sender")

    def __init__(self, sender: str, recipient: str, envid: str | None = None) -> None:
        self.sender = _mailbox(sender) if sender else ""
        self.recipient = _mailbox(recipient)
        self.envid = None if envid is None else _known_envid(envid)
        self.needs_smtputf8 = not (self.sender.isascii() and self.recipient.isascii())
        """Whether only a relay that offers SMTPUTF8 can take it (RFC 6531 3.2)."""


def xtext(text: str) -> str:
    """The text as an ESMTP parameter can carry it (RFC 3461 section 4)."""
    if _XTEXT.fullmatch(text) is not None:
        return text
    return _NOT_XTEXT.sub(lambda sign: b"+%02X" % ord(sign[0]), text.encode()).decode("ascii")


def _mailbox(address: str) -> str:
    local_part, at, domain = address.rpartition("@")
    if not at or _LOCAL_PART.fullmatch(local_part) is None or not _is_visible(local_part):
        raise BadAddress("This is not an address we can write to.", hint="It should look like name@example.com.")
    if _octets(local_part) > _LONGEST_LOCAL_PART:
        raise BadAddress("The part of the address before the @ is longer than 64 octets.")
    mailbox = f"{local_part}@{_known_domain(domain)}"
    if _octets(mailbox) + len("<>") > _LONGEST_PATH:
        raise BadAddress("The address is longer than mail allows.", hint="An address has at most 254 octets.")
    return mailbox


# Return paths share one domain and people share a few hundred, so most are looked at once.
_known_domain = lru_cache(maxsize=4096)(as_a_labels)


def _octets(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _is_visible(text: str) -> bool:
    # Spaces, separators, controls, direction marks and surrogates of every script are in the classes C and Z.
    return text.isascii() or all(category(sign)[0] not in "CZ" for sign in text)


def _known_envid(envid: str) -> str:
    encoded = xtext(envid) if envid.isascii() and envid.isprintable() else ""
    if not 0 < len(encoded) <= _LONGEST_ENVID:
        raise BadLetter("The envelope id must be printable ASCII of at most 100 characters once encoded.")
    return encoded
