"""STARTTLS and TLS from the start, with certificates that are good, foreign or bad (fault table, row 7)."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from newsletter.clock import utc_now
from newsletter.errors import Misconfigured
from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind
from newsletter.smtp.relay import Relay
from newsletter.smtp.timeouts import Timeouts
from tests.smtp.scripted_server import (
    FAREWELL,
    GREETING,
    GROUP,
    ScriptedServer,
    Step,
    begin_tls,
    hang,
    hear,
    hear_message,
    say,
    say_octets,
    session,
)

LETTER = b"Subject: hi\r\n\r\nhello\r\n"
LARGE = b"." * 900 + b"\r\n" + b"a line of a large message\r\n" * 100_000
SECOND_HELLO = [hear("EHLO .*"), say("250-relay", "250 PIPELINING")]
STARTTLS = [*session("STARTTLS", "PIPELINING"), hear("STARTTLS"), say("220 go on")]
SENT = [*GROUP, say("250 ok", "250 ok", "354 go"), hear_message, say("250 ok"), *FAREWELL]


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(utc_now() - day)
        .not_valid_after(utc_now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)
    path = folder / f"{name}.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("here"), "localhost")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("elsewhere"), "other.example")


def server_side(pem: Path) -> Step:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return begin_tls(context)


def client(url: str, server: ScriptedServer, ca: Path, timeouts: Timeouts = Timeouts(connect=5)) -> Client:  # noqa: B008 - frozen
    return Client(Relay.from_url(f"{url.format(port=server.port)}ca={ca}"), timeouts=timeouts)


@pytest.mark.parametrize("wish", ["required", "offered"])
def test_starttls_begins_anew_and_carries_the_message(envelope: Envelope, here: Path, wish: str) -> None:
    url = f"smtp://localhost:{{port}}?starttls={wish}&"
    with (
        ScriptedServer([*STARTTLS, server_side(here), *SECOND_HELLO, *SENT]) as server,
        client(url, server, here) as ours,
    ):
        assert ours.send(envelope, LETTER, before_dot=lambda: None).kind is Kind.ACCEPTED
    assert len([line for line in server.heard if line.startswith(b"EHLO")]) == 2


@pytest.mark.parametrize("letter", [LETTER, LARGE], ids=["small", "large"])
def test_tls_may_begin_with_the_connection(envelope: Envelope, here: Path, letter: bytes) -> None:
    script = [server_side(here), GREETING, *SECOND_HELLO, *SENT]
    with ScriptedServer(script) as server, client("smtps://localhost:{port}?", server, here) as ours:
        assert ours.send(envelope, letter, before_dot=lambda: None).kind is Kind.ACCEPTED
    assert server.heard[-2].replace(b"\r\n.", b"\r\n").endswith(letter[-1000:] + b"\r\n")


def test_envelopes_go_ahead_under_tls_too(here: Path) -> None:
    copies = [
        Copy(key, Envelope("", f"p{key}@example.com"), letter) for key, letter in enumerate([LETTER, LARGE, LETTER])
    ]
    next_too = [hear_message, *GROUP, say("250 taken", "250 ok", "250 ok", "354 go")]
    taken = [*GROUP, say("250 ok", "250 ok", "354 go"), *next_too, *next_too, hear_message, say("250 taken"), *FAREWELL]
    script = [server_side(here), GREETING, *SECOND_HELLO, *taken]
    with ScriptedServer(script) as server, client("smtps://localhost:{port}?", server, here) as ours:
        kinds = [outcome.kind for _, outcome in ours.send_all(copies, before_dot=lambda _: None)]
    assert kinds == [Kind.ACCEPTED] * 3


def test_a_login_waits_for_tls(here: Path) -> None:
    login = [hear("EHLO .*"), say("250-relay", "250 AUTH PLAIN"), hear("AUTH PLAIN .*"), say("235 ok"), *FAREWELL]
    with (
        ScriptedServer([*STARTTLS, server_side(here), *login]) as server,
        client("smtp://u:p@localhost:{port}?starttls=required&", server, here) as ours,
    ):
        assert ours.trouble is None


@pytest.mark.parametrize(
    ("script", "url"),
    [
        pytest.param([*session("STARTTLS"), hear("STARTTLS"), say("454 not now")], "smtp", id="refused for now"),
        pytest.param([*session("STARTTLS"), hear("STARTTLS"), say("502 never")], "smtp", id="refused for good"),
        pytest.param([*session("PIPELINING"), hang], "smtp", id="not offered"),
        pytest.param([*STARTTLS, say("250 not TLS at all"), hang], "smtp", id="talks on in the clear"),
        pytest.param([*STARTTLS], "smtp", id="closes in place of TLS"),
        pytest.param(
            [*STARTTLS[:-1], say_octets(b"220 go on\r\n250 injected\r\n"), hang],
            "smtp",
            id="words in the clear behind 220",
        ),
        pytest.param([GREETING, hang], "smtps", id="no TLS behind smtps"),
    ],
)
def test_row_7_tls_that_fails_is_named_and_nothing_is_sent(
    envelope: Envelope, here: Path, script: list[Step], url: str
) -> None:
    wish = "starttls=required&" if url == "smtp" else ""
    with ScriptedServer(script) as server, client(f"{url}://localhost:{{port}}?{wish}", server, here) as ours:
        outcome = ours.send(envelope, LETTER, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause, outcome.usable) == (Kind.UNSENT, Cause.TLS, False)
    assert outcome.reply or outcome.detail


@pytest.mark.parametrize("wish", ["required", "offered"])
def test_row_7_a_certificate_nobody_vouches_for_is_refused(
    envelope: Envelope, here: Path, elsewhere: Path, wish: str
) -> None:
    with (
        ScriptedServer([*STARTTLS, server_side(here)]) as server,
        client(f"smtp://localhost:{{port}}?starttls={wish}&", server, elsewhere) as ours,
    ):
        outcome = ours.send(envelope, LETTER, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.TLS)
    assert "self-signed" in outcome.detail


def test_row_7_a_certificate_for_another_name_is_refused(envelope: Envelope, elsewhere: Path) -> None:
    with (
        ScriptedServer([*STARTTLS, server_side(elsewhere)]) as server,
        client("smtp://localhost:{port}?starttls=required&", server, elsewhere) as ours,
    ):
        outcome = ours.send(envelope, LETTER, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.TLS)
    assert "localhost" in outcome.detail


def test_a_handshake_that_hangs_is_left(envelope: Envelope, here: Path, brief: Timeouts) -> None:
    with ScriptedServer([hang]) as server, client("smtps://localhost:{port}?", server, here, brief) as ours:
        outcome = ours.send(envelope, LETTER, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.TLS)


def test_a_dot_without_answer_is_in_doubt_under_tls_too(envelope: Envelope, here: Path) -> None:
    script = [server_side(here), GREETING, *SECOND_HELLO, *GROUP, say("250 ok", "250 ok", "354 go"), hear_message]
    with ScriptedServer(script) as server, client("smtps://localhost:{port}?", server, here) as ours:
        assert ours.send(envelope, LARGE, before_dot=lambda: None).kind is Kind.IN_DOUBT


@pytest.mark.parametrize("ca", ["/nowhere/ca.pem", __file__])
def test_a_file_of_authorities_that_is_none_is_a_sentence(ca: str) -> None:
    with pytest.raises(Misconfigured, match="authorities"):
        Client(Relay.from_url(f"smtps://localhost?ca={ca}"))
