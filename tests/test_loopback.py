import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loopback import ReachedOut
from tests.relay_sink import RelaySink

ABROAD = ("192.0.2.1", 25)  # RFC 5737: nobody is there


def connect() -> None:
    with socket.socket() as line:
        line.connect(ABROAD)


def send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"anybody there?", ABROAD)


def ask_the_name_server() -> None:
    socket.getaddrinfo("relay.vendor.example", 25)


def connect_from_a_loop() -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(*ABROAD), 1))


WAYS: dict[str, Callable[[], None]] = {
    "connect": connect,
    "send": send,
    "ask the name server": ask_the_name_server,
    "connect from a loop": connect_from_a_loop,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_no_test_reaches_beyond_this_machine(way: Callable[[], None], reached_out: list[str]) -> None:
    with pytest.raises(ReachedOut):
        way()
    assert len(reached_out) == 1
    reached_out.clear()  # or this test fails as any other would


def test_this_machine_may_be_reached_by_address_name_and_path(relay_sink: RelaySink, tmp_path: Path) -> None:
    for host in ("127.0.0.1", "localhost"):
        socket.create_connection((host, relay_sink.port)).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        client.connect(str(tmp_path / "socket"))
