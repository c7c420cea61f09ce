"""A look at a link, as a careful visitor: HEAD, then GET; every step to a public address, and never for long.

The name is resolved here and the connection goes to the very address that was judged, so that a name which means
something else a moment later (DNS rebinding) leads nowhere. Nothing is sent but the request: no cookie, no password.
"""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from time import monotonic
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from newsletter.probe.answer import Answer, Outcome
from newsletter.probe.names import Unanswered, addresses_of
from newsletter.probe.public import host_of, is_public
from newsletter.probe.visit import Visit, visit

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_USUAL = {"http": 80, "https": 443}
_AS_IT_IS = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Care:
    """How careful a look is. `resolve` gives the addresses of a name, `may_visit` judges each of them."""

    resolve: Callable[[str], Sequence[str]] = addresses_of
    may_visit: Callable[[str], bool] = is_public
    most_redirects: int = 5
    seconds: float = 8.0  # for one request
    seconds_in_all: float = 20.0
    most_octets: int = 4_000_000


def look(url: str, care: Care) -> Answer:
    """What is behind a link. Raises nothing: whatever goes wrong is an answer."""
    until = monotonic() + care.seconds_in_all
    for _ in range(care.most_redirects + 1):
        if monotonic() > until:
            return Answer(Outcome.SLOW, words=f"Not there after {care.seconds_in_all:g} seconds.")
        stop = _stop(url, care)
        seen = stop if isinstance(stop, Answer) else _seen(stop, care)
        if isinstance(seen, Answer):
            return seen
        try:
            url = urljoin(url, seen)
        except ValueError:
            return Answer(Outcome.BROKEN, words="It leads on to what is no address.")
    return Answer(Outcome.LOST, words=f"It leads on and on, more than {care.most_redirects} times.")


def _stop(url: str, care: Care) -> Visit | Answer:
    """Where to go. All addresses of a name must be public: which of them is taken, others would choose."""
    host = host_of(url)
    if not host:
        return Answer(Outcome.NOT_PUBLIC, words="It leads to no host that everybody can reach.")
    try:
        parts, name = urlsplit(url), host if ":" in host else host.encode("idna").decode("ascii")
        found = [host] if _is_number(host) else care.resolve(name)
    except (Unanswered, UnicodeError) as error:
        return Answer(Outcome.UNREACHABLE, words=str(error))
    inside = next((address for address in found if not care.may_visit(address)), None)
    if inside is not None:
        return Answer(Outcome.NOT_PUBLIC, words=f"{host} is {inside}, which not everybody can reach.")
    if not found:
        return Answer(Outcome.BROKEN, words=f"There is no host {host}.")
    port = parts.port or _USUAL[parts.scheme]
    if port < 1024 and port not in _USUAL.values():
        return Answer(Outcome.UNSURE, words=f"Port {port} is not followed: it belongs to something else than the web.")
    return Visit(parts.scheme, name, port, found[0], _path(parts), care.seconds)


def _seen(stop: Visit, care: Care) -> Answer | str:
    """What is there, or where it leads on to."""
    try:
        return _asked_for(stop, care)
    except TimeoutError:
        return Answer(Outcome.SLOW, words=f"No answer within {care.seconds:g} seconds.")
    except ssl.SSLCertVerificationError as error:
        return Answer(Outcome.BROKEN, words=f"Its certificate is not in order: {error.verify_message}.")
    except (OSError, HTTPException) as error:
        return Answer(Outcome.UNREACHABLE, words=f"No connection ({type(error).__name__}).")


def _asked_for(stop: Visit, care: Care) -> Answer | str:
    try:
        with visit(stop, "HEAD") as response:
            told = response.headers.get("Content-Length", "")
            octets = int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0
            has_no_weight = response.headers.get_content_maintype() == "image" and not octets
            if response.status in _REDIRECTS or (response.status < 300 and not has_no_weight):
                return _judged(response, octets)
    except HTTPException:
        pass  # there are servers that know only GET
    with visit(stop, "GET") as response:
        return _judged(response, 0 if response.status in _REDIRECTS else _weighed(response, care.most_octets))


def _weighed(response: HTTPResponse, most: int) -> int:
    octets = 0
    while octets < most and (piece := response.read(min(65536, most - octets))):
        octets += len(piece)
    return octets


def _judged(response: HTTPResponse, octets: int) -> Answer | str:
    status = response.status
    if status in _REDIRECTS and (onward := response.headers.get("Location", "")):
        return onward
    if 200 <= status < 300:
        return Answer(Outcome.ANSWERS, status, octets)
    if status in _GONE:
        return Answer(Outcome.BROKEN, status, words=f"The server says {status}: there is nothing at this address.")
    return Answer(Outcome.UNSURE, status, words=f"The server says {status}; it may say so only to programs.")


def _path(parts: SplitResult) -> str:
    query = f"?{quote(parts.query, safe='?' + _AS_IT_IS)}" if parts.query else ""
    return quote(parts.path or "/", safe=_AS_IT_IS) + query


def _is_number(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
