"""A real SMTP server on a free loopback port that keeps what it takes."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came over the wire: envelope and bytes."""

    sender: str
    recipients: tuple[str, ...]
    options: tuple[str, ...]  # what followed the sender in MAIL FROM: SIZE=…, BODY=8BITMIME
    content: bytes


@dataclass
class RelaySink:
    """What the server took so far, and what it is told to refuse."""

    port: int = 0
    messages: list[Received] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)  # recipient -> what RCPT is answered instead of 250

    @property
    def url(self) -> str:
        """How a relay setting names it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks it up by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        content = envelope.original_content or b""
        recipients, options = tuple(envelope.rcpt_tos), tuple(envelope.mail_options)
        self.messages.append(Received(envelope.mail_from or "", recipients, options, content))
        return "250 2.0.0 taken"


@contextmanager
def running() -> Iterator[RelaySink]:
    """A server that listens until the block ends."""
    sink = RelaySink()
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(sink, started)), name="relay-sink")
    thread.start()
    loop, ended = started.result()
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


async def _serve(sink: RelaySink, started: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]") -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    lines: list[SMTP] = []

    def answer() -> SMTP:
        lines.append(SMTP(sink, hostname="sink.example", loop=loop))
        return lines[-1]

    server = await loop.create_server(answer, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    started.set_result((loop, ended))
    await ended.wait()
    await asyncio.sleep(0.01)  # asyncio forgets a socket that is let in while its server closes
    server.close()
    for line in lines:
        if isinstance(line.transport, asyncio.Transport):
            line.transport.abort()
    await asyncio.sleep(0.01)  # what was aborted is closed before its loop is
