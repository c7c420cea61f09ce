"""Domain names as DNS and SMTP take them: ASCII, with A-labels for other scripts (RFC 5890)."""

import re
from unicodedata import category, normalize

from newsletter.errors import BadAddress

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_LETTERS = {"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"}
_MARKS = {"Mn", "Mc"}
_JOINERS = "-\u00b7\u30fb"  # the hyphen, the Catalan middle dot, the Japanese one


def as_a_labels(domain: str) -> str:
    """The domain in ASCII, at most 255 octets; raises BadAddress where it is no domain name."""
    ascii_form = domain if domain.isascii() else ".".join(_a_label(label) for label in domain.split("."))
    if len(ascii_form) > 255 or _DOMAIN.fullmatch(ascii_form) is None:
        raise BadAddress("The domain of the address is not a domain name.", hint="Look at the part behind the @.")
    return ascii_form


def as_key(domain: str) -> str:
    """What tells domains apart: A-labels in lower case. Raises BadAddress."""
    return as_a_labels(domain).lower()


def domain_of(address: str) -> str:
    """The key of an address's domain; what is no domain name is only put into lower case."""
    domain = address.rpartition("@")[2]
    try:
        return as_key(domain)
    except BadAddress:
        return domain.lower()


def _a_label(label: str) -> str:
    # Python's "idna" codec follows IDNA2003 and would send mail for weiß.example to the strangers at weiss.example.
    mapped = normalize("NFKC", normalize("NFKC", label).lower())
    if mapped.isascii():
        return mapped
    if not _is_speakable(mapped):
        raise BadAddress("The domain of the address holds a sign that no domain name can hold.")
    return "xn--" + mapped.encode("punycode").decode("ascii")


def _is_speakable(label: str) -> bool:
    return (
        category(label[0]) not in _MARKS
        and not label.startswith("-")
        and not label.endswith("-")
        and label[2:4] != "--"
        and all(sign in _JOINERS or category(sign) in _LETTERS for sign in label)
    )
