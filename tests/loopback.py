"""Nothing in the tests reaches beyond this machine: the interpreter reports each attempt, and we refuse it."""

import ipaddress
import sys
from typing import Any

_WHERE_THE_HOST_STANDS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0}


class ReachedOut(AssertionError):
    """A test tried to talk to another machine."""


class Guard:
    """Refuses and remembers. An audit hook cannot be taken away again, so one serves all tests."""

    def __init__(self) -> None:
        """Listen from now on."""
        self.attempts: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        where = _WHERE_THE_HOST_STANDS.get(event)
        if where is None or _is_here(arguments[where]):
            return
        attempt = f"{event} {arguments[where]!r}"
        self.attempts.append(attempt)
        raise ReachedOut(attempt)


def _is_here(target: object) -> bool:
    """Whether a socket address or a host's name stays on this machine. A path is a UNIX socket."""
    if isinstance(target, tuple):
        target = target[0]
    elif str(target).startswith("/"):
        return True
    host = target.decode() if isinstance(target, bytes) else target
    return not isinstance(host, str) or host in ("", "localhost") or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.endswith(".localhost")
