"""Messages a second with 20 ms of delay each way.

One connection of our client, and of our client to a sink without PIPELINING; and an engine with four connections, of
which it opens one at first and one more every ten seconds.
"""

import asyncio
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Kind
from newsletter.smtp.relay import Relay
from tests.bench.send import measure
from tests.smtp_sink import smtp_sink

MESSAGES, DELAY = 60, 0.020  # seconds each way
COPIES, CONNECTIONS = 4_000, 4
LETTER = b"Subject: Bulletin 17\r\n\r\n" + b"A line of a technical bulletin.\r\n" * 150


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Everything that comes, each piece late by the delay, with any number of pieces under way."""
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        while piece := await source.read(65536):
            loop.call_later(DELAY, target.write, piece)
    loop.call_later(DELAY, target.close)


@contextmanager
def _slow_way(to: int) -> Iterator[int]:
    """The port of a proxy before that port."""
    started: Future[int] = Future()
    ended: Future[None] = Future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))

    async def serve() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            started.set_result(server.sockets[0].getsockname()[1])
            await asyncio.wrap_future(ended)
            await asyncio.sleep(3 * DELAY)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    yield started.result(10)
    ended.set_result(None)
    thread.join()


def _rate(*options: str) -> float:
    copies = [Copy(n, Envelope("bounce@news.example", f"p{n}@firm.example"), LETTER) for n in range(MESSAGES)]
    with smtp_sink(*options) as sink, _slow_way(sink) as port, Client(Relay("127.0.0.1", port)) as client:
        began = time.perf_counter()
        outcomes = [outcome for _, outcome in client.send_all(copies, before_dot=lambda _: None)]
        seconds = time.perf_counter() - began
    assert all(outcome.kind is Kind.ACCEPTED for outcome in outcomes)
    return len(outcomes) / seconds


def _engine_rate() -> float:
    asked = Namespace(copies=COPIES, processes=1, connections=CONNECTIONS)
    with TemporaryDirectory() as folder:
        return measure(f"sqlite:///{folder}/n.db", Path(folder), asked, _far_sink)[0]


@contextmanager
def _far_sink() -> Iterator[int]:
    with smtp_sink() as sink, _slow_way(sink) as port:
        yield port


def main() -> None:
    """Print the rates and their ratios."""
    ours, one_by_one = _rate(), _rate("-p")
    print(f"{DELAY * 1000:.0f} ms each way, one connection: {ours:.1f} messages/s, without PIPELINING {one_by_one:.1f}")
    print(f"ratio {ours / one_by_one:.2f}; one round trip a message would be {0.5 / DELAY:.1f} messages/s")
    engine = _engine_rate()
    print(f"an engine: {engine:.1f}/s, {engine / (0.5 / DELAY * CONNECTIONS):.2f} of one round trip a message each")


if __name__ == "__main__":
    main()
