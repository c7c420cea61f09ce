"""The mailbox over the wire."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.clock import utc_now
from newsletter.errors import Misconfigured
from newsletter.mailbox.server import Mailbox
from newsletter.mailbox.store import Store
from newsletter.smtp.client import Client
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind
from newsletter.smtp.relay import Relay

ENVELOPE = Envelope("bounce+x@example.com", "anna@example.com")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "mail")


@pytest.fixture
def mailbox(store: Store) -> Iterator[Mailbox]:
    mailbox = Mailbox(store, "127.0.0.1", 0)
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def client(mailbox: Mailbox) -> Iterator[Client]:
    with Client(Relay("127.0.0.1", mailbox.port)) as client:
        yield client


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param(b"Subject: x\r\n\r\nhello\r\n", id="plain"),
        pytest.param(b".\r\n..\r\n...\r\n.x\r\n\r\n.\r\n", id="dots"),
        pytest.param(b"Subject: \xc3\xbc\r\n\r\n\xff\xfe\x80\x01\x7f\t \r\n", id="8-bit"),
        pytest.param(b"x" * 998 + b"\r\n" + b"." * 998 + b"\r\n", id="longest lines"),
        pytest.param(b"\r\n\r\n\r\n", id="empty lines"),
        pytest.param(b".dotted line, near a border somewhere\r\n" * 100_000, id="large"),
    ],
)
def test_a_message_is_kept_byte_for_byte(client: Client, store: Store, letter: bytes) -> None:
    assert client.send(ENVELOPE, letter, before_dot=lambda: None).kind is Kind.ACCEPTED
    [message] = store.messages(9)
    assert message.raw == letter
    assert (message.sender, message.to) == ("bounce+x@example.com", ("anna@example.com",))
    assert abs((utc_now() - message.received_at).total_seconds()) < 60


def test_a_return_path_may_be_empty_and_a_name_beyond_ascii(client: Client, store: Store) -> None:
    envelope = Envelope("", "jürgen@example.com")
    assert client.send(envelope, b"hi\r\n", before_dot=lambda: None).kind is Kind.ACCEPTED
    [message] = store.messages(9)
    assert (message.sender, message.to) == ("", ("jürgen@example.com",))


def test_the_id_is_in_the_reply(client: Client, store: Store) -> None:
    outcome = client.send(ENVELOPE, b"hi\r\n", before_dot=lambda: None)
    assert outcome.reply is not None
    assert store.message(outcome.reply.text.split()[-1]) is not None


def test_what_is_too_large_is_refused_before_it_is_sent(client: Client, store: Store) -> None:
    outcome = client.send(ENVELOPE, b"x\r\n" * 12_000_000, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause) == (Kind.REFUSED, Cause.SIZE)
    assert store.messages(9) == []


def test_a_folder_that_cannot_be_written_defers(client: Client, tmp_path: Path) -> None:
    (tmp_path / "mail").rmdir()
    outcome = client.send(ENVELOPE, b"hi\r\n", before_dot=lambda: None)
    assert (outcome.kind, outcome.cause) == (Kind.DEFERRED, Cause.LIMIT)


def test_it_starts_again_after_a_stop_and_stops_twice(mailbox: Mailbox, store: Store) -> None:
    with socket.create_connection(("127.0.0.1", mailbox.port)) as idle:
        idle.recv(100)
        mailbox.stop()
        mailbox.stop()
        assert idle.recv(100) == b""
    mailbox.start()
    with Client(Relay("127.0.0.1", mailbox.port)) as client:
        client.send(ENVELOPE, b"hi\r\n", before_dot=lambda: None)
    assert len(store.messages(9)) == 1


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.0.2.1", "example.com", "127.0.0.1.example.com"])  # noqa: S104 - refused
def test_other_machines_are_not_listened_to(store: Store, host: str) -> None:
    with pytest.raises(Misconfigured, match="this machine only"):
        Mailbox(store, host, 0)


def test_a_port_in_use_is_a_sentence_that_names_the_setting(mailbox: Mailbox, store: Store) -> None:
    with pytest.raises(Misconfigured, match=rf"port {mailbox.port}.*NEWSLETTER_MAILBOX_PORT"):
        Mailbox(store, "127.0.0.1", mailbox.port).start()


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_a_sentence(store: Store, port: int) -> None:
    with pytest.raises(Misconfigured, match="NEWSLETTER_MAILBOX_PORT"):
        Mailbox(store, "127.0.0.1", port)
