"""The client against a server that somebody else wrote."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, Session
from aiosmtpd.smtp import Envelope as Received

from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind
from newsletter.smtp.relay import Relay

LETTER = b"Subject: hi\r\n\r\n.\r\n..\r\nend\r\n"


class Hall:
    """Keeps what it takes; refuses those whose local part is a reply code, once only where it begins with 4."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.met: set[str] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks it up by this name
        self, _server: SMTP, _session: Session, envelope: Received, address: str, _options: list[str]
    ) -> str:
        code = address.partition("@")[0]
        is_refused = code.isdigit() and not (code.startswith("4") and address in self.met)
        self.met.add(address)
        if is_refused:
            return f"{code} no"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Received) -> str:  # noqa: N802 - as above
        self.taken.append((envelope.rcpt_tos[0], envelope.original_content or b""))
        return "250 taken"


@contextmanager
def running(make: Callable[[asyncio.AbstractEventLoop], SMTP]) -> Iterator[int]:
    started: Future[int] = Future()
    ended: Future[None] = Future()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: make(loop), "127.0.0.1", 0)
        started.set_result(server.sockets[0].getsockname()[1])
        await asyncio.wrap_future(ended)
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    yield started.result(10)
    ended.set_result(None)
    thread.join()


def serving(hall: Hall, **settings: object) -> AbstractContextManager[int]:
    return running(lambda loop: SMTP(hall, loop=loop, hostname="hall.example", **settings))


def test_a_message_arrives_as_it_was_given(envelope: Envelope) -> None:
    hall = Hall()
    with serving(hall) as port, Client(Relay("127.0.0.1", port)) as ours:
        letters = [LETTER, LETTER + b"\xff\xfe\r\n", b"x" * 998 + b"\r\n", b"." * 998 + b"\r\n"]
        for letter in letters:
            assert ours.send(envelope, letter, before_dot=lambda: None).kind is Kind.ACCEPTED
    assert hall.taken == [("anna@example.com", letter) for letter in letters]


def test_row_5_each_copy_has_its_own_end() -> None:
    hall = Hall()
    names = ["450", "550", "anna", "552", "bert"]
    with serving(hall) as port, Client(Relay("127.0.0.1", port)) as ours:
        outcomes = [ours.send(Envelope("", f"{name}@x.example"), LETTER, before_dot=lambda: None) for name in names]
    assert [outcome.kind for outcome in outcomes] == [
        *[Kind.DEFERRED, Kind.REFUSED, Kind.ACCEPTED],
        *[Kind.DEFERRED, Kind.ACCEPTED],
    ]
    assert [outcome.cause for outcome in outcomes[:2]] == [Cause.RECIPIENT, Cause.RECIPIENT]
    assert [address for address, _ in hall.taken] == ["anna@x.example", "bert@x.example"]


def test_row_5_each_copy_of_a_stream_has_its_own_end() -> None:
    hall = Hall()
    names = ["450", "550", "anna", "552", "bert"]
    copies = [Copy(None, Envelope("", f"{name}@x.example"), LETTER) for name in names]
    with serving(hall) as port, Client(Relay("127.0.0.1", port)) as ours:
        back = list(ours.send_all(copies, before_dot=lambda _: None))
    assert [copy for copy, _ in back] == copies
    kinds = [Kind.DEFERRED, Kind.REFUSED, Kind.ACCEPTED, Kind.DEFERRED, Kind.ACCEPTED]
    assert [outcome.kind for _, outcome in back] == kinds
    assert [address for address, _ in hall.taken] == ["anna@x.example", "bert@x.example"]


def test_row_8_a_greylisted_copy_is_taken_the_second_time() -> None:
    hall = Hall()
    grey = Envelope("", "450@x.example")
    with serving(hall) as port, Client(Relay("127.0.0.1", port)) as ours:
        kinds = [ours.send(grey, LETTER, before_dot=lambda: None).kind for _ in range(2)]
    assert kinds == [Kind.DEFERRED, Kind.ACCEPTED]
    assert len(hall.taken) == 1


@pytest.mark.parametrize("offered", [True, False])
def test_a_name_beyond_ascii_goes_only_where_it_is_understood(*, offered: bool) -> None:
    hall = Hall()
    with serving(hall, enable_SMTPUTF8=offered) as port, Client(Relay("127.0.0.1", port)) as ours:
        outcome = ours.send(Envelope("", "jürgen@müller.example"), LETTER, before_dot=lambda: None)
    assert outcome.kind is (Kind.ACCEPTED if offered else Kind.HELD)
    assert [address for address, _ in hall.taken] == ["jürgen@xn--mller-kva.example"] * offered


@pytest.mark.parametrize("without", [[], ["PLAIN"]], ids=["PLAIN", "LOGIN"])
@pytest.mark.parametrize("password", ["right", "wrong"])
def test_row_7_a_login_is_checked(envelope: Envelope, without: list[str], password: str) -> None:
    def check(_server: SMTP, _session: Session, _envelope: Received, _way: str, login: LoginPassword) -> AuthResult:
        return AuthResult(success=login.password == b"right", handled=False)

    hall = Hall()
    settings = {"authenticator": check, "auth_exclude_mechanism": without, "auth_require_tls": False}
    with serving(hall, **settings) as port:
        relay = Relay.from_url(f"smtp://u:{password}@127.0.0.1:{port}")
        with Client(relay) as ours:
            outcome = ours.send(envelope, LETTER, before_dot=lambda: None)
    assert (outcome.kind, outcome.cause) == (
        (Kind.ACCEPTED, Cause.NONE) if password == "right" else (Kind.UNSENT, Cause.AUTH)
    )
