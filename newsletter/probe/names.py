"""Asking DNS, for a few seconds and no longer."""

import dns.exception
import dns.resolver

from newsletter.errors import NewsletterError

PATIENCE = 5.0  # seconds for one question, over all servers


class Unanswered(NewsletterError):
    """DNS did not answer, which is not the same as a name that does not exist."""


def addresses_of(host: str, resolver: dns.resolver.Resolver | None = None) -> list[str]:
    """The IP addresses of a name, IPv4 first; none where it does not exist. Raises Unanswered."""
    return [address for kind in ("A", "AAAA") for address in _ask(host, kind, resolver)]


def texts_of(name: str, resolver: dns.resolver.Resolver | None = None, seconds: float = PATIENCE) -> list[str]:
    """The TXT records of a name, each as one string; none where there are none. Raises Unanswered."""
    return _ask(name, "TXT", resolver, seconds)


def _ask(name: str, kind: str, resolver: dns.resolver.Resolver | None, seconds: float = PATIENCE) -> list[str]:
    try:
        asked = resolver or dns.resolver.Resolver()
        answer = asked.resolve(name, kind, lifetime=seconds, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise Unanswered(f"DNS did not answer for {name}: {type(error).__name__}.") from error
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [record.to_text() for record in answer]
