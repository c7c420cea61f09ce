"""Where mail that comes in is taken."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Where:
    """A host and port of this machine, and which of the two protocols is spoken there."""

    host: str
    port: int
    is_lmtp: bool


def read_where(url: str) -> Where:
    """`smtp://127.0.0.1:2525` or `lmtp://[::1]:2424`. Raises Misconfigured."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Misconfigured("write smtp://127.0.0.1:2525, or lmtp://127.0.0.1:2424 behind a mail server") from None
    beyond = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in {"smtp", "lmtp"} or not host or port is None or beyond:
        raise Misconfigured("write smtp://127.0.0.1:2525, or lmtp://127.0.0.1:2424 behind a mail server")
    return Where(host, port, parts.scheme == "lmtp")
