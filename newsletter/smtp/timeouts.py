"""How long each answer may take."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from newsletter.errors import Misconfigured

_LONGEST = 86400


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait; the defaults are the least that RFC 5321 4.5.3.2 allows.

    `connect`, `tls`, `reset` and `quit` have no figure there. `block` is the longest time without progress while a
    message is being written, `dot` the wait for the answer to a whole message.
    """

    connect: float = 30
    greeting: float = 300
    hello: float = 300
    tls: float = 120
    login: float = 300
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180
    # A client that leaves before the server has finished its checks makes the duplicate itself (RFC 1047).
    dot: float = 600
    reset: float = 20
    quit: float = 5

    @classmethod
    def from_mapping(cls, seconds: Mapping[str, object]) -> Self:
        """The defaults but for what is named here; raises Misconfigured for another name, or no fitting number."""
        names = [field.name for field in fields(cls)]
        chosen: dict[str, float] = {}
        for name, value in seconds.items():
            if name not in names:
                raise Misconfigured(f"There is no timeout {name!r}.", hint=f"There are {', '.join(names)}.")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST:
                raise Misconfigured(f"The timeout {name} must be a number of seconds up to {_LONGEST}.")
            chosen[name] = float(value)
        return cls(**chosen)
