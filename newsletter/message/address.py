"""Addresses as they stand in a header field: dot-atom, at sign, A-label domain."""

import re
import unicodedata
from functools import lru_cache

from newsletter.domain import as_a_labels
from newsletter.errors import BadAddress, BadLetter

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
# Readers decode what looks like an encoded word even inside an address, so "=?" may not stand there (RFC 2047, 5(3)).
_LOCAL = re.compile(rf"(?!.*=\?)[\u00a0-\U0010ffff{_ATEXT}]+(?:\.[\u00a0-\U0010ffff{_ATEXT}]+)*")


def wire_address(address: str, *, smtputf8: bool = False) -> str:
    """The address with its domain as A-labels (RFC 5890); limits of RFC 5321 section 4.5.3.1.

    Raises BadLetter for anything else than dot-atom and domain, and for a non-ASCII local part without `smtputf8`.
    """
    local, _, domain = address.rpartition("@")
    octets = len(local) if local.isascii() else len(local.encode(errors="surrogatepass"))
    if octets > 64 or not _LOCAL.fullmatch(local):
        raise BadLetter(f"{address!r} is not an address we can write to.", hint="It should look like name@example.com.")
    if not local.isascii():
        _need_unicode_mail(address, local, smtputf8=smtputf8)
    return f"{local}@{a_label(domain)}"


@lru_cache(maxsize=2048)
def a_label(domain: str) -> str:
    """A domain in any script as ASCII. Raises BadLetter for what cannot be a host name."""
    try:
        return as_a_labels(domain)
    except BadAddress as error:
        raise BadLetter(
            f"{domain!r} is not a domain we can write to.", hint="Check the part after the @ sign."
        ) from error


def _need_unicode_mail(address: str, local: str, *, smtputf8: bool) -> None:
    if not smtputf8:
        raise BadLetter(
            f"{address!r} has letters before the @ that this mail server does not take.",
            hint="Use a server that offers SMTPUTF8 or ask for another address.",
        )
    if any(unicodedata.category(char)[0] in "CZ" for char in local):
        raise BadLetter(f"{address!r} holds invisible characters.", hint="Type the address again by hand.")
