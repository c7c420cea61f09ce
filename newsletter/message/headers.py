"""Header fields that tell machines what a letter is: lists (RFC 2369, 2919, 8058) and automatic mail (RFC 3834)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from newsletter.errors import BadLetter
from newsletter.message.address import a_label, wire_address
from newsletter.message.letter import Fields
from newsletter.message.words import clean, phrase

# The characters of RFC 3986 without the comma, which in a list header parts two links (RFC 2369 section 2).
_URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+;=-]|%[0-9A-Fa-f]{2})+")
_LIST_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)+")
_FEEDBACK = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class ListIdentity:
    """What stays the same in every letter about one topic.

    `list_id` is `label.namespace` and must stay when the `name` changes (RFC 2919 section 4); `help_uri` and
    `owner_uri` are https or mailto links.
    """

    list_id: str
    name: str
    help_uri: str
    owner_uri: str


def list_headers(
    identity: ListIdentity, *, unsubscribe: str, feedback: tuple[str, str, str, str], mailto: str = ""
) -> Fields:
    """The fields of a bulletin. `unsubscribe` is this person's one-click link; `mailto` the same by mail.

    The link is https, or http to this very machine. `feedback` is the four parts of Gmail's Feedback-ID, the sender
    last. Raises BadLetter for a link or name that does not fit.
    """
    links = one_click(unsubscribe)
    if mailto:
        links += f", <{_uri(mailto, 'mailto')}>"
    return (
        *standing_fields(identity),
        ("List-Unsubscribe", links),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", _feedback_id(feedback)),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "All"),
    )


def one_click(uri: str) -> str:
    """A person's link alone, as List-Unsubscribe holds it. Raises BadLetter like `list_headers`."""
    stem, _, token = uri.rpartition("/")
    # Whatever stands before the token is the same for everybody.
    return f"<{uri}>" if "://" in stem and _TOKEN.fullmatch(token) and _is_stem(stem) else f"<{_one_click_uri(uri)}>"


def auto_headers(kind: Literal["auto-generated", "auto-replied"]) -> Fields:
    """The field of a letter that nobody wrote (RFC 3834 section 5): `auto-replied` answers a mail that came in."""
    return (("Auto-Submitted", kind),)


def message_id(token: str, domain: str) -> str:
    """`<token@domain>`, the same for the same token, so that a retry keeps it (RFC 5322 section 3.6.4)."""
    if not _TOKEN.fullmatch(token) or len(token) > 160:
        raise BadLetter(f"{token!r} cannot stand in a Message-ID.", hint="Use letters, digits, hyphens and dots.")
    return f"<{token}@{a_label(domain)}>"


@lru_cache(maxsize=256)
def standing_fields(identity: ListIdentity) -> Fields:
    """The fields of `list_headers` that every letter to the list has alike. Raises BadLetter."""
    if not _LIST_ID.fullmatch(identity.list_id) or "=?" in identity.list_id or len(identity.list_id) > 255:
        raise BadLetter(f"{identity.list_id!r} is not a list id.", hint="It should look like lubrication.example.com.")
    name = phrase(clean(identity.name, "name of the list"), len("List-Id: "))
    return (
        ("List-Id", f"{name} <{identity.list_id}>".lstrip()),
        ("List-Help", f"<{_uri(identity.help_uri, 'https', 'http', 'mailto')}>"),
        ("List-Owner", f"<{_uri(identity.owner_uri, 'https', 'http', 'mailto')}>"),
        ("List-Post", "NO"),
    )


def _feedback_id(parts: tuple[str, str, str, str]) -> str:
    if not all(map(_FEEDBACK.fullmatch, parts)):
        raise BadLetter(f"{':'.join(parts)!r} is not a Feedback-ID.", hint="Four words of letters, digits and hyphens.")
    return ":".join(parts)


@lru_cache(maxsize=64)
def _is_stem(stem: str) -> bool:
    return bool(_one_click_uri(f"{stem}/x"))


def _one_click_uri(uri: str) -> str:
    host = urlsplit(_uri(uri, "https", "http")).hostname or ""
    if not uri.startswith("https://") and not _is_loopback(host):
        raise BadLetter(f"The unsubscribe link {uri} is not https.", hint="Set the base URL to an https address.")
    return uri


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _uri(uri: str, *schemes: str) -> str:
    scheme, _, rest = uri.partition(":")
    if not _URI.fullmatch(uri) or scheme not in schemes:
        raise BadLetter(f"{uri!r} is not a link of {' or '.join(schemes)}.", hint="Percent-encode all but plain ASCII.")
    if scheme == "mailto":
        wire_address(rest.partition("?")[0])
    else:
        _need_host(uri)
    return uri


def _need_host(uri: str) -> None:
    try:
        host = urlsplit(uri).hostname
    except ValueError:
        host = None
    if not host:
        raise BadLetter(f"{uri!r} names no host.", hint="It should look like https://example.com/.")
