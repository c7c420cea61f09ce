"""Where mail is handed over, as one URL says it."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from newsletter.domain import as_a_labels
from newsletter.errors import BadAddress, Misconfigured

_PORTS = {"smtp": 25, "smtps": 465}
_EXAMPLE = (
    "It should look like smtp://user:password@mail.example.com:587?starttls=required or smtps://mail.example.com."
)


class Encryption(StrEnum):
    """When TLS begins. Whenever it does, the certificate must be good for the relay's name."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    OFFERED = "offered"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Relay:
    """A server that takes our mail; `ca` names a PEM file of authorities to trust in place of the system's."""

    host: str
    port: int
    encryption: Encryption = Encryption.OFFERED
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The relay of `smtp://[user:password@]host[:port][?starttls=required|offered|never][&ca=FILE]` or `smtps://…`.

        Without `starttls` it is never on loopback, required with a password, else used where offered. Raises
        Misconfigured in a sentence that does not repeat the URL, because the URL holds a password.
        """
        parts = _split(url)
        host = _host(parts)
        user, password = _login(parts)
        wishes = _wishes(parts)
        encryption = _encryption(parts.scheme, host, wishes.get("starttls"), has_password=password is not None)
        return cls(host, _port(parts), encryption, user, password, wishes.get("ca"))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Misconfigured("The relay's URL cannot be read.", hint=_EXAMPLE) from None
    if parts.scheme not in _PORTS:
        raise Misconfigured("The relay's URL must begin with smtp:// or smtps://.", hint=_EXAMPLE)
    if parts.path not in {"", "/"} or parts.fragment:
        raise Misconfigured(
            "The relay's URL says something after the port.",
            hint=f"A / ? # or @ in a password is written %2F %3F %23 %40. {_EXAMPLE}",
        )
    # urlsplit drops tabs and line ends in silence, which would hide a slip of the clipboard.
    if not url.isprintable() or " " in url:
        raise Misconfigured("The relay's URL holds a space or a control character.", hint=_EXAMPLE)
    return parts


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        raise Misconfigured("The relay's URL names no host.", hint=_EXAMPLE)
    try:
        return str(ip_address(parts.hostname))
    except ValueError:
        pass
    try:
        return as_a_labels(parts.hostname)
    except BadAddress:
        raise Misconfigured("The host in the relay's URL is no host name.", hint=_EXAMPLE) from None


def _port(parts: SplitResult) -> int:
    try:
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if not port:
        raise Misconfigured("The port in the relay's URL is not a number from 1 to 65535.", hint=_EXAMPLE)
    return port


def _login(parts: SplitResult) -> tuple[str | None, str | None]:
    if parts.username is None:
        return None, None
    user, password = unquote(parts.username), unquote(parts.password or "")
    if not user or not password or not (user + password).isprintable():
        raise Misconfigured("The relay's URL must give both a user and a password, or neither.", hint=_EXAMPLE)
    return user, password


def _wishes(parts: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    wishes = dict(pairs)
    if len(wishes) < len(pairs) or not wishes.keys() <= {"starttls", "ca"} or not all(wishes.values()):
        raise Misconfigured("After the ? the relay's URL may say starttls= and ca=, each once.", hint=_EXAMPLE)
    return wishes


def _encryption(scheme: str, host: str, starttls: str | None, *, has_password: bool) -> Encryption:
    if scheme == "smtps":
        if starttls is not None:
            raise Misconfigured("smtps:// is encrypted from the start; starttls= has no meaning there.", hint=_EXAMPLE)
        return Encryption.IMPLICIT
    if starttls is None:
        return _usual_encryption(host, has_password=has_password)
    if starttls not in {"required", "offered", "never"}:
        raise Misconfigured("starttls= must be required, offered or never.", hint=_EXAMPLE)
    if starttls == "offered" and has_password:
        raise Misconfigured(
            "starttls=offered would show the password to anybody on the way who hides the offer.",
            hint="Say starttls=required, or starttls=never if the way is trusted.",
        )
    return Encryption(starttls)


def _usual_encryption(host: str, *, has_password: bool) -> Encryption:
    if is_loopback(host):
        return Encryption.NEVER
    return Encryption.REQUIRED if has_password else Encryption.OFFERED


def is_loopback(host: str) -> bool:
    """Whether the host's name or address cannot be anything but this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
