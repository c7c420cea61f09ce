"""The server that takes mail, by SMTP or LMTP: small, patient for a minute, and deaf to what is not for us."""

import asyncio
import logging
import socket
import threading

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.errors import Misconfigured, Unavailable
from newsletter.inbound.take import Desk
from newsletter.inbound.where import Where

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024  # octets of a mail
_PATIENCE = 60.0  # seconds a silent client is waited for
_MOST = 50  # connections at once

_UNKNOWN = "550 5.1.1 This address takes no mail."
_ONE_AT_A_TIME = "452 4.5.3 One recipient at a time."
_AWAY = "451 4.3.0 Our records cannot be reached just now. Please try again."
_MISTAKE = "451 4.3.0 This went wrong on our side. Please try again."
_BUSY = b"421 4.3.2 Too many connections. Please try again.\r\n"


def listen(where: Where) -> socket.socket:
    """A socket that listens there; port 0 takes any free one. Raises Misconfigured."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    try:
        listener = socket.create_server((where.host, where.port), family=family)
    except OSError as error:
        raise Misconfigured(
            f"NEWSLETTER_INBOUND_URL: no mail can be taken on {where.host} port {where.port}: {error.strerror}.",
            hint="Name an address of this machine and a free port.",
        ) from error
    # asyncio does this only for sockets it made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(desk: Desk, listener: socket.socket, stop: threading.Event, *, is_lmtp: bool) -> None:
    """Take mail until told to stop."""
    asyncio.run(_serve(desk, listener, stop, _Lmtp if is_lmtp else _Smtp))


async def _serve(desk: Desk, listener: socket.socket, stop: threading.Event, kind: type[SMTP]) -> None:
    loop, hall = asyncio.get_running_loop(), _Hall(desk)

    def protocol() -> asyncio.Protocol:
        if hall.visitors >= _MOST:
            return _Full()
        # Without a name aiosmtpd asks DNS for one at every connection.
        return kind(hall, hostname=desk.domain, data_size_limit=LARGEST, timeout=_PATIENCE, loop=loop)

    server = await loop.create_server(protocol, sock=listener)
    while not stop.is_set():  # noqa: ASYNC110 - a signal sets an event of threads
        await asyncio.sleep(0.1)
    server.close()


class _Counted(SMTP):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.visitors += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.visitors -= 1
        super().connection_lost(error)


class _Smtp(_Counted):
    pass


class _Lmtp(_Counted, LMTP):
    pass


class _Full(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - for mypy
        transport.write(_BUSY)
        transport.close()


class _Hall:
    """What aiosmtpd calls, by these names. `visitors` are the connections that are open."""

    def __init__(self, desk: Desk) -> None:
        self.visitors = 0
        self._desk = desk

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks it up by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not self._desk.knows(address):
            return _UNKNOWN
        if envelope.rcpt_tos:
            return _ONE_AT_A_TIME
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        octets = envelope.original_content or b""
        sender = "" if envelope.mail_from in {None, "<>"} else str(envelope.mail_from)
        try:
            answer = await asyncio.to_thread(self._desk.take, envelope.rcpt_tos[0], sender, octets)
        except Unavailable:
            return _AWAY
        except Exception:
            # A mistake of ours: the sender's server keeps the mail and brings it again, so that no opt-out is lost.
            log.exception("a mail that came in could not be taken")
            return _MISTAKE
        return answer.value
