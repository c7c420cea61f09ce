"""Which addresses everybody can reach, and which lead into the network of whoever looks."""

import re
import socket
import unicodedata
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote, urlsplit

_INSIDE = re.compile(r"(?:.+\.)?(?:localhost|local|localdomain|internal|intranet|lan|home\.arpa|onion)")
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_SEPARATOR = re.compile(r"[\\\s\x00-\x1f\x7f]")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also where an IPv4 address stands inside an IPv6 one."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False  # a zone such as fe80::1%eth0 ends here or below
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        if inner is not None:
            return _is_open(inner)
    return _is_open(ip)


def host_of(url: str) -> str:
    """The host an http or https link leads to, as browsers read it; empty where there is none to be sure of."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises where it is no number
    except ValueError:
        return ""
    # A browser takes a backslash for a slash, so that it goes to another host than we would.
    if parts.scheme not in ("http", "https") or _SEPARATOR.search(parts.netloc):
        return ""
    plain = unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".").lower()
    return _as_numbers(plain.rstrip("."))


def leads_inside(url: str) -> bool:
    """Whether a link's host is by its very name one of a private network, or none that everybody can reach."""
    host = host_of(url)
    if not host or _INSIDE.fullmatch(host):
        return True
    if ":" in host or host.replace(".", "").isdigit():
        return not is_public(host)
    return "." not in host


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this one ends at."""
    if any(ip in network for network in _NAT64):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo is not None:
        return ip.teredo[1]
    if int(ip) >> 32 == 0 and int(ip) > 1:
        return IPv4Address(int(ip))
    return ip.ipv4_mapped or ip.sixtofour


def _is_open(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def _as_numbers(host: str) -> str:
    """127.1, 0x7f000001 and 2130706433 are all 127.0.0.1 to a browser."""
    last = host.rpartition(".")[2]
    if ":" in host or not re.fullmatch(r"0x[0-9a-f]*|[0-9]+", last):
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""
