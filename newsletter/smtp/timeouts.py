"""How long each answer may take."""

from dataclasses import dataclass


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
