"""Where mail is handed over, as one URL says it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from newsletter.domain import as_a_labels
from newsletter.errors import BadAddress, Misconfigured
from newsletter.smtp.wishes import EXAMPLE, mechanism, own_hostname, read_wishes, relay_name, whole_number

_PORTS = {"smtp": 25, "smtps": 465}


class Encryption(StrEnum):
    """When TLS begins. Whenever it does, the certificate must be good for the relay's name."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    OFFERED = "offered"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Relay:
    """A server that takes our mail.

    `ca` names a PEM file of authorities to trust in place of the system's, `hostname` is the name given in EHLO (else
    our address), `auth` the one SASL mechanism to use, `token_file` what XOAUTH2 reads its token from. `weight` is its
    share beside other relays, 0 for one that is used only when no other works; `connections` how many it may have.
    """

    host: str
    port: int
    encryption: Encryption = Encryption.OFFERED
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    auth: str | None = None
    token_file: str | None = None
    hostname: str = ""
    name: str = ""
    weight: int = 1
    connections: int | None = None

    def __post_init__(self) -> None:
        if not self.name:
            host = f"[{self.host}]" if ":" in self.host else self.host
            object.__setattr__(self, "name", f"{host}:{self.port}")

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The relay of `smtp://[user[:password]@]host[:port][?wishes]` or `smtps://…`.

        Wishes are starttls=required|offered|never, ca=FILE, auth=plain|login|cram-md5|xoauth2, token_file=FILE,
        hostname=, name=, weight=0…100, connections=1…64. Without `starttls` it is never on loopback, required with a
        password or token, else used where offered. Raises Misconfigured in a sentence that does not repeat the URL,
        because the URL holds a password.
        """
        parts = _split(url)
        host = _host(parts)
        wishes = read_wishes(parts.query)
        user, password = _login(parts, has_token="token_file" in wishes)
        weight = whole_number(wishes, "weight", 0, 100)
        return cls(
            host,
            _port(parts),
            _encryption(parts.scheme, host, wishes.get("starttls"), has_secret=user is not None),
            user,
            password,
            ca=wishes.get("ca"),
            auth=mechanism(wishes, has_user=user is not None),
            token_file=wishes.get("token_file"),
            hostname=own_hostname(wishes),
            name=relay_name(wishes),
            weight=1 if weight is None else weight,
            connections=whole_number(wishes, "connections", 1, 64),
        )


def read_relays(urls: str) -> tuple[Relay, ...]:
    """The relays of several URLs with white space between them, no two of one name; raises Misconfigured."""
    relays = tuple(Relay.from_url(url) for url in urls.split())
    if not relays:
        raise Misconfigured("No relay is named.", hint=EXAMPLE)
    name, count = Counter(relay.name for relay in relays).most_common(1)[0]
    if count > 1:
        raise Misconfigured(f"Two relays have the name {name}.", hint="Give each a name of its own with name=.")
    return relays


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Misconfigured("The relay's URL cannot be read.", hint=EXAMPLE) from None
    if parts.scheme not in _PORTS:
        raise Misconfigured("The relay's URL must begin with smtp:// or smtps://.", hint=EXAMPLE)
    if parts.path not in {"", "/"} or parts.fragment:
        raise Misconfigured(
            "The relay's URL says something after the port.",
            hint=f"A / ? # or @ in a password is written %2F %3F %23 %40. {EXAMPLE}",
        )
    # urlsplit drops tabs and line ends in silence, which would hide a slip of the clipboard.
    if not url.isprintable() or " " in url:
        raise Misconfigured("The relay's URL holds a space or a control character.", hint=EXAMPLE)
    return parts


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        raise Misconfigured("The relay's URL names no host.", hint=EXAMPLE)
    try:
        return str(ip_address(parts.hostname))
    except ValueError:
        pass
    try:
        return as_a_labels(parts.hostname)
    except BadAddress:
        raise Misconfigured("The host in the relay's URL is no host name.", hint=EXAMPLE) from None


def _port(parts: SplitResult) -> int:
    try:
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if not port:
        raise Misconfigured("The port in the relay's URL is not a number from 1 to 65535.", hint=EXAMPLE)
    return port


def _login(parts: SplitResult, *, has_token: bool) -> tuple[str | None, str | None]:
    if parts.username is None:
        return None, None
    user, password = unquote(parts.username), unquote(parts.password or "")
    if not user or bool(password) is has_token or not (user + password).isprintable():
        raise Misconfigured(
            "The relay's URL must give both a user and a password or a token_file=, or neither.", hint=EXAMPLE
        )
    return user, password or None


def _encryption(scheme: str, host: str, starttls: str | None, *, has_secret: bool) -> Encryption:
    if scheme == "smtps":
        if starttls is not None:
            raise Misconfigured("smtps:// is encrypted from the start; starttls= has no meaning there.", hint=EXAMPLE)
        return Encryption.IMPLICIT
    if starttls is None:
        return _usual_encryption(host, has_secret=has_secret)
    if starttls not in {"required", "offered", "never"}:
        raise Misconfigured("starttls= must be required, offered or never.", hint=EXAMPLE)
    if starttls == "offered" and has_secret:
        raise Misconfigured(
            "starttls=offered would show the password to anybody on the way who hides the offer.",
            hint="Say starttls=required, or starttls=never if the way is trusted.",
        )
    return Encryption(starttls)


def _usual_encryption(host: str, *, has_secret: bool) -> Encryption:
    if is_loopback(host):
        return Encryption.NEVER
    return Encryption.REQUIRED if has_secret else Encryption.OFFERED


def is_loopback(host: str) -> bool:
    """Whether the host's name or address cannot be anything but this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
