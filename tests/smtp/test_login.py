"""AUTH: which mechanism is used, what it says, and what its refusal means (fault table, row 7)."""

import hmac
from base64 import b64decode, b64encode
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.smtp.client import Client
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.login import log_in
from newsletter.smtp.outcome import Cause, Kind, Outcome, Silence
from newsletter.smtp.relay import Relay
from newsletter.smtp.reply import Reply
from tests.smtp.scripted_server import FAREWELL, ScriptedServer, Step, hang, hear, say, session

WELCOME = Reply(235, None, "welcome")
WRONG = Reply(535, "5.7.8", "wrong")


class Server:
    """Answers the lines of a login in turn, and remembers them."""

    def __init__(self, *answers: Reply | Silence) -> None:
        self.answers = list(answers)
        self.heard: list[bytes] = []

    def __call__(self, line: bytes) -> Reply | Silence:
        self.heard.append(line)
        return self.answers.pop(0)


def challenge(octets: bytes) -> Reply:
    return Reply(334, None, b64encode(octets).decode())


def with_password(**wishes: str) -> Relay:
    return Relay("mail.example.com", 587, user="tim", password="tanstaaftanstaaf", **wishes)


def with_token(file: Path) -> Relay:
    return Relay("mail.example.com", 587, user="someuser@example.com", auth="XOAUTH2", token_file=str(file))


@pytest.mark.parametrize(
    ("offered", "auth", "clear", "encrypted"),
    [
        ("CRAM-MD5 LOGIN PLAIN XOAUTH2", None, b"AUTH CRAM-MD5", b"AUTH PLAIN"),
        ("LOGIN PLAIN", None, b"AUTH PLAIN", b"AUTH PLAIN"),
        ("LOGIN CRAM-MD5", None, b"AUTH CRAM-MD5", b"AUTH LOGIN"),
        ("CRAM-MD5 LOGIN PLAIN", "LOGIN", b"AUTH LOGIN", b"AUTH LOGIN"),
        ("CRAM-MD5 LOGIN PLAIN", "CRAM-MD5", b"AUTH CRAM-MD5", b"AUTH CRAM-MD5"),
    ],
)
def test_the_safest_mechanism_for_the_line_is_used(
    offered: str, auth: str | None, clear: bytes, encrypted: bytes
) -> None:
    for is_encrypted, expected in ((False, clear), (True, encrypted)):
        server = Server(WRONG)
        log_in(server, with_password(auth=auth), offered.split(), is_encrypted=is_encrypted)
        assert b" ".join(server.heard[0].split()[:2]) == expected


def test_a_refused_digest_never_lets_the_password_out() -> None:
    server = Server(challenge(b"<1@relay>"), WRONG)
    outcome = log_in(server, with_password(), ["CRAM-MD5", "PLAIN", "LOGIN"], is_encrypted=False)
    assert outcome == Outcome(Kind.UNSENT, Cause.AUTH, WRONG)
    assert len(server.heard) == 2
    assert b"tanstaaf" not in b"".join([server.heard[0], b64decode(server.heard[1])])


def test_the_digest_is_that_of_rfc_2195() -> None:
    # The worked example of its section 2.
    server = Server(challenge(b"<1896.697170952@postoffice.reston.mci.net>"), WELCOME)
    assert log_in(server, with_password(), ["CRAM-MD5"], is_encrypted=False) is None
    assert b64decode(server.heard[1]) == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_a_token_is_said_as_google_documents_it(tmp_path: Path) -> None:
    # https://developers.google.com/workspace/gmail/imap/xoauth2-protocol, "Initial client response".
    file = tmp_path / "token"
    file.write_text("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\n")
    server = Server(WELCOME)
    assert log_in(server, with_token(file), ["PLAIN", "XOAUTH2"], is_encrypted=True) is None
    assert server.heard[0].decode() == (
        "AUTH XOAUTH2 dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52"
        "YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==\r\n"
    )


def test_a_refused_token_is_answered_by_an_empty_line_and_quoted(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("expired")
    server = Server(challenge(b'{"status":"401","schemes":"bearer"}'), WRONG)
    outcome = log_in(server, with_token(file), ["XOAUTH2"], is_encrypted=True)
    assert server.heard[1:] == [b"\r\n"]
    assert outcome is not None
    assert (outcome.kind, outcome.cause, outcome.reply) == (Kind.UNSENT, Cause.AUTH, WRONG)
    assert '"status":"401"' in outcome.detail


def test_the_token_is_read_at_each_login(tmp_path: Path) -> None:
    file, server = tmp_path / "token", Server(WELCOME, WELCOME)
    for token in ("one", "two"):
        file.write_text(token)
        log_in(server, with_token(file), ["XOAUTH2"], is_encrypted=True)
    assert [b64decode(line.split()[2]).split(b" ")[1] for line in server.heard] == [b"one\1\1", b"two\1\1"]


@pytest.mark.parametrize("content", [None, "", "two words", "s3cret\1\1", "s3crét", "s3cret" * 2000])
def test_a_token_that_is_none_is_a_sentence_and_never_said(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    server = Server()
    outcome = log_in(server, with_token(file), ["XOAUTH2"], is_encrypted=True)
    assert outcome is not None
    assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.AUTH)
    assert "token file" in outcome.detail
    assert "s3cr" not in outcome.detail


@pytest.mark.parametrize(
    ("offered", "auth", "named"),
    [("", None, "PLAIN"), ("GSSAPI NTLM", None, "CRAM-MD5"), ("PLAIN LOGIN", "CRAM-MD5", "CRAM-MD5")],
)
def test_a_mechanism_that_is_missing_is_named_and_nothing_is_said(offered: str, auth: str | None, named: str) -> None:
    def ask(_line: bytes) -> NoReturn:
        pytest.fail("nothing should be said")

    outcome = log_in(ask, with_password(auth=auth), offered.split(), is_encrypted=True)
    assert outcome is not None
    assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.AUTH)
    assert named in outcome.detail


@given(st.binary(max_size=100))
def test_any_challenge_is_answered_or_refused(octets: bytes) -> None:
    heard = Reply(334, None, octets.decode("latin-1"))
    server = Server(heard, heard)
    outcome = log_in(server, with_password(), ["CRAM-MD5"], is_encrypted=False)
    assert outcome is not None
    assert outcome.cause is Cause.AUTH


def test_a_login_goes_over_the_wire() -> None:
    digest = hmac.new("päss".encode(), b"<7@relay>", "md5").hexdigest()
    exchange = [hear("AUTH CRAM-MD5"), say("334 " + b64encode(b"<7@relay>").decode())]
    exchange += [hear(b64encode(f"u {digest}".encode()).decode()), say("235 welcome")]
    with (
        ScriptedServer([*session("AUTH PLAIN CRAM-MD5"), *exchange, *FAREWELL]) as server,
        Client(Relay.from_url(f"smtp://u:p%C3%A4ss@127.0.0.1:{server.port}")) as ours,
    ):
        assert ours.trouble is None


@pytest.mark.parametrize(
    ("offer", "exchange"),
    [
        pytest.param("AUTH PLAIN", [hear("AUTH PLAIN AHUAczNjcmV0"), say("535 5.7.8 wrong")], id="wrong password"),
        pytest.param("AUTH PLAIN", [hear("AUTH.*"), say("454 4.7.0 later")], id="login away"),
        pytest.param("AUTH PLAIN", [hear("AUTH.*"), say("334 more"), hang], id="asks for more"),
        pytest.param("AUTH PLAIN", [hear("AUTH.*"), say("354 go"), hang], id="another word"),
        pytest.param("AUTH LOGIN", [hear("AUTH.*"), say("334 x"), hear("dQ=="), say("535 no")], id="wrong user"),
        pytest.param(
            "AUTH LOGIN",
            [hear("AUTH LOGIN"), say("334 x"), hear("dQ=="), say("334 y"), hear("czNjcmV0"), say("535 no")],
            id="wrong password for LOGIN",
        ),
        pytest.param("AUTH CRAM-MD5", [hear("AUTH.*"), say("334 !!!"), hang], id="no challenge"),
        pytest.param("AUTH CRAM-MD5", [hear("AUTH.*"), say("504 not here")], id="lies about CRAM-MD5"),
        pytest.param("AUTH GSSAPI", [hang], id="no way that we know"),
        pytest.param("SIZE", [hang], id="no login at all"),
    ],
)
def test_row_7_a_failed_login_burns_no_recipient(envelope: Envelope, offer: str, exchange: list[Step]) -> None:
    with ScriptedServer([*session(offer), *exchange]) as server:
        ours = Client(Relay.from_url(f"smtp://u:s3cret@127.0.0.1:{server.port}"))
        ours.connect()
        outcome = ours.send(envelope, b"Subject: hi\r\n", before_dot=pytest.fail)
        ours.quit()
    assert (outcome.kind, outcome.cause, outcome.usable) == (Kind.UNSENT, Cause.AUTH, False)
    assert outcome.reply or outcome.detail
    assert "s3cret" not in repr(outcome)
