"""Addresses as they stand in a header field: dot-atom, at sign, A-label domain."""

import re
import unicodedata

from newsletter.errors import BadLetter

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Readers decode what looks like an encoded word even inside an address, so "=?" may not stand there (RFC 2047, 5(3)).
_LOCAL = re.compile(rf"(?!.*=\?)[\u00a0-\U0010ffff{_ATEXT}]+(?:\.[\u00a0-\U0010ffff{_ATEXT}]+)*")
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_JOINERS_OF_NAMES = "-\u00b7\u30fb"


def wire_address(address: str, *, smtputf8: bool = False) -> str:
    """The address with its domain as A-labels (RFC 5890); limits of RFC 5321 section 4.5.3.1.

    Raises BadLetter for anything else than dot-atom and domain, and for a non-ASCII local part without `smtputf8`.
    """
    local, _, domain = address.rpartition("@")
    if not (_LOCAL.fullmatch(local) and len(local.encode(errors="surrogatepass")) <= 64):
        raise BadLetter(f"{address!r} is not an address we can write to.", hint="It should look like name@example.com.")
    if not local.isascii():
        _need_unicode_mail(address, local, smtputf8=smtputf8)
    return f"{local}@{a_label(domain)}"


def a_label(domain: str) -> str:
    """A domain in any script as ASCII: NFKC, lower case, punycode. Raises BadLetter for what cannot be a host name."""
    if not domain.isascii():
        # The codec "idna" of the standard library turns ß into ss, which may be somebody else's domain (RFC 5894, 7.2).
        domain = ".".join(map(_ascii_label, unicodedata.normalize("NFKC", domain.lower()).split(".")))
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        raise BadLetter(f"{domain!r} is not a domain we can write to.", hint="Check the part after the @ sign.")
    return domain


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    if not all(char in _JOINERS_OF_NAMES or unicodedata.category(char)[0] in "LMN" for char in label):
        raise BadLetter(f"{label!r} cannot stand in a domain.", hint="Only letters, marks, digits and hyphens can.")
    return "xn--" + label.encode("punycode").decode("ascii")


def _need_unicode_mail(address: str, local: str, *, smtputf8: bool) -> None:
    if not smtputf8:
        raise BadLetter(
            f"{address!r} has letters before the @ that this mail server does not take.",
            hint="Use a server that offers SMTPUTF8 or ask for another address.",
        )
    if any(unicodedata.category(char)[0] in "CZ" for char in local):
        raise BadLetter(f"{address!r} holds invisible characters.", hint="Type the address again by hand.")
