"""The mailbox's own SMTP server, for this machine alone."""

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import Future

from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.clock import utc_now
from newsletter.errors import Misconfigured
from newsletter.mailbox.store import Store

_LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}
_PORT_HINT = "Set NEWSLETTER_MAILBOX_PORT to a free port from 1024 to 65535."
_LARGEST = 32 * 1024 * 1024


class Mailbox:
    """Takes all mail on `host` and `port` into `store`; port 0 takes any free one.

    Raises Misconfigured for a host that is not this machine's loopback or a port that is none; `start` raises it for a
    port that cannot be had.
    """

    def __init__(self, store: Store, host: str, port: int) -> None:
        if host not in _LOOPBACK:
            raise Misconfigured(
                "The built-in mailbox listens on this machine only.",
                hint="Its host can be 127.0.0.1, ::1 or localhost.",
            )
        if not 0 <= port <= 65535:
            raise Misconfigured(f"The built-in mailbox cannot listen on port {port}.", hint=_PORT_HINT)
        self.port = port
        """The port asked for; once started, the real one."""
        self._host = _LOOPBACK[host]
        self._hall = _Hall(store)
        self._ended: Future[None] = Future()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen in a thread of its own; mail is taken from now on."""
        listener = self._listen()
        # asyncio does this only for sockets it made itself; without it each reply waits 40 ms for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listener.getsockname()[1]
        self._ended = Future()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="mailbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close all connections and the port. Does nothing where it does not run."""
        if self._thread is not None:
            self._ended.set_result(None)
            self._thread.join()
            self._thread = None

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            return socket.create_server((self._host, self.port), family=family)
        except OSError as error:
            raise Misconfigured(
                f"The built-in mailbox cannot listen on {self._host} port {self.port}: {error.strerror or error}.",
                hint=_PORT_HINT,
            ) from error

    def _run(self, listener: socket.socket) -> None:
        asyncio.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _protocol(self._hall, loop), sock=listener)
        await asyncio.wrap_future(self._ended)
        server.close()


def _protocol(hall: "_Hall", loop: asyncio.AbstractEventLoop) -> SMTP:
    # Without a name aiosmtpd asks DNS for one at every connection.
    return SMTP(hall, hostname="mailbox.localhost", enable_SMTPUTF8=True, data_size_limit=_LARGEST, loop=loop)


class _Hall:
    """What aiosmtpd calls, by these names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_EHLO(  # noqa: N802 - aiosmtpd looks it up by this name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, replies: list[str]
    ) -> list[str]:
        session.host_name = hostname
        # aiosmtpd reads command by command from a buffer, so it can be piped to, though it does not say so.
        return [*replies[:-1], "250-PIPELINING", replies[-1]]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        raw = envelope.original_content or b""
        sender = "" if envelope.mail_from in {None, "<>"} else str(envelope.mail_from)
        with contextlib.suppress(OSError):
            return f"250 2.0.0 kept as {self._store.keep(raw, sender, envelope.rcpt_tos, utc_now())}"
        return "452 4.3.1 The mailbox cannot write to its folder."
