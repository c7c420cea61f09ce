"""A relay that wants TLS, and letters to be signed: an engine loads OpenSSL only when it needs it."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Received

from newsletter.clock import utc_now
from newsletter.message.dkim_key import DkimKey, Kind
from tests.engine.stage import Stage, engine_process, wait_until
from tests.smtp.test_encryption import certificate


class Hall:
    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, session: object, envelope: Received) -> str:  # noqa: N802 - as it is called
        assert getattr(session, "ssl", None) is not None
        self.taken.append(envelope.original_content or b"")
        return "250 taken"


@contextmanager
def hall_with_tls(hall: Hall, pem: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    started: Future[int] = Future()
    ended: Future[None] = Future()

    async def serve() -> None:
        loop = asyncio.get_running_loop()

        def make() -> SMTP:
            return SMTP(hall, loop=loop, hostname="localhost", tls_context=context, require_starttls=True)

        server = await loop.create_server(make, "127.0.0.1", 0)
        started.set_result(server.sockets[0].getsockname()[1])
        await asyncio.wrap_future(ended)
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    yield started.result(10)
    ended.set_result(None)
    thread.join()


@pytest.mark.parametrize("signs", [False, True], ids=["plain", "signed"])
def test_a_process_of_its_own_speaks_tls_over_all_its_lines(stage: Stage, tmp_path: Path, *, signs: bool) -> None:
    pem, hall, keys = certificate(tmp_path, "localhost"), Hall(), tmp_path / "keys"
    settings = {}
    if signs:
        keys.mkdir()
        (keys / "s1._domainkey.acme.example.pem").write_bytes(DkimKey.new(Kind.RSA).pem)
        settings["dkim_keys"] = str(keys)
    stage.clock.now = utc_now()
    stage.crowd(40)
    stage.order()
    with hall_with_tls(hall, pem) as port:
        url = f"smtp://localhost:{port}?starttls=required&ca={pem}"
        settings |= {"smtp_url": url, "sender_address": "bulletins@acme.example"}
        with engine_process(stage.environment(**settings)):
            wait_until(stage.all_accepted, "everything is accepted")
    assert len(hall.taken) == len(stage.copies())
    assert all(letter.startswith(b"DKIM-Signature:") is signs for letter in hall.taken)
