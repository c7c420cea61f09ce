"""What the client says, in which order, and what it makes of ordinary answers."""

import pytest

from newsletter.smtp.client import Client
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind
from newsletter.smtp.relay import Relay
from tests.smtp.scripted_server import (
    FAREWELL,
    GROUP,
    HELLO,
    PIPELINED,
    ScriptedServer,
    drip,
    hang,
    hear,
    hear_message,
    refused_at,
    say,
    session,
)

LETTER = b"Subject: hi\r\n\r\n.dot\r\n"


def nothing() -> None:
    """A caller with nothing to note."""


def client(server: ScriptedServer) -> Client:
    return Client(Relay.from_url(f"smtp://127.0.0.1:{server.port}?hostname=us.example"))


def test_a_group_goes_out_in_one_piece_and_the_body_in_another(envelope: Envelope) -> None:
    replies = say("250 2.1.0 ok", "250 2.1.5 ok", "354 go")
    script = [*PIPELINED, *GROUP, replies, hear_message, say("250 2.0.0 queued as 7"), *FAREWELL]
    with ScriptedServer(script) as server, client(server) as ours:
        outcome = ours.send(envelope, LETTER, before_dot=nothing)
    assert (outcome.kind, outcome.usable) == (Kind.ACCEPTED, True)
    assert outcome.reply is not None
    assert outcome.reply.text == "queued as 7"
    assert server.heard == [
        b"EHLO us.example\r\n",
        b"MAIL FROM:<bounce+x@example.com>\r\n",
        b"RCPT TO:<anna@example.com>\r\n",
        b"DATA\r\n",
        b"Subject: hi\r\n\r\n..dot\r\n.\r\n",
        b"QUIT\r\n",
    ]


def test_without_pipelining_every_reply_is_awaited(envelope: Envelope) -> None:
    script = [*session(), *refused_at("BODY", "250 ok"), *refused_at("BODY", "250 ok"), *FAREWELL]
    with ScriptedServer(script) as server, client(server) as ours:
        kinds = [ours.send(envelope, LETTER, before_dot=nothing).kind for _ in range(2)]
    assert kinds == [Kind.ACCEPTED, Kind.ACCEPTED]


def test_row_10_replies_may_come_octet_by_octet(envelope: Envelope) -> None:
    replies = drip(b"250-2.1.0 one\r\n250 2.1.0 two\r\n250 ok\r\n354 go\r\n")
    script = [
        *HELLO,
        drip(b"250-x\r\n250 PIPELINING\r\n"),
        *GROUP,
        replies,
        hear_message,
        drip(b"250 ok\r\n"),
        *FAREWELL,
    ]
    with ScriptedServer(script) as server, client(server) as ours:
        assert ours.send(envelope, LETTER, before_dot=nothing).kind is Kind.ACCEPTED


def test_a_server_of_old_is_greeted_with_helo(envelope: Envelope) -> None:
    script = [
        *HELLO,
        say("502 what?"),
        hear("HELO us.example"),
        say("250 hi"),
        *refused_at("BODY", "250 ok"),
        *FAREWELL,
    ]
    with ScriptedServer(script) as server, client(server) as ours:
        assert ours.send(envelope, LETTER, before_dot=nothing).kind is Kind.ACCEPTED


def test_without_a_name_of_our_own_we_give_our_address() -> None:
    with ScriptedServer([*PIPELINED, *FAREWELL]) as server, Client(Relay("127.0.0.1", server.port)):
        pass
    assert server.heard[0] == b"EHLO [127.0.0.1]\r\n"


@pytest.mark.parametrize(
    ("replies", "cause"),
    [
        (["550 no sender", "503 order", "503 order"], Cause.SENDER),
        (["250 ok", "550 no such user", "503 order"], Cause.RECIPIENT),
        (["250 ok", "250 ok", "554 no"], Cause.CONTENT),
    ],
)
def test_after_a_refusal_the_next_copy_begins_with_rset(envelope: Envelope, replies: list[str], cause: Cause) -> None:
    script = [
        *PIPELINED,
        *GROUP,
        say(*replies),
        *[hear("RSET"), *GROUP],
        *[say("250 reset", "250 ok", "250 ok", "354 go"), hear_message, say("250 ok")],
        *[*GROUP, say("250 ok", "250 ok", "354 go"), hear_message, say("250 ok")],
        *FAREWELL,
    ]
    with ScriptedServer(script) as server, client(server) as ours:
        refused = ours.send(envelope, LETTER, before_dot=nothing)
        after = [ours.send(envelope, LETTER, before_dot=nothing).kind for _ in range(2)]
    assert (refused.kind, refused.cause, refused.usable) == (Kind.REFUSED, cause, True)
    assert after == [Kind.ACCEPTED, Kind.ACCEPTED]


def test_data_answered_354_with_nobody_left_gets_a_single_dot(envelope: Envelope) -> None:
    script = [
        *[*PIPELINED, *GROUP, say("250 ok", "550 5.1.1 no such user", "354 go")],
        *[hear_message, say("554 no valid recipients")],
        *[hear("RSET"), *GROUP, say("250 ok", "250 ok", "250 ok", "354 go"), hear_message, say("250 ok")],
        *FAREWELL,
    ]
    called: list[str] = []
    with ScriptedServer(script) as server, client(server) as ours:
        refused = ours.send(envelope, LETTER, before_dot=lambda: called.append("dot"))
        assert called == []
        after = ours.send(envelope, LETTER, before_dot=nothing)
    assert (refused.kind, refused.cause, refused.usable) == (Kind.REFUSED, Cause.RECIPIENT, True)
    assert b".\r\n" in server.heard
    assert after.kind is Kind.ACCEPTED


def test_a_server_that_accepts_the_lone_dot_is_left(envelope: Envelope) -> None:
    script = [
        *PIPELINED,
        *GROUP,
        say("250 ok", "550 5.1.1 no such user", "354 go"),
        hear_message,
        say("250 fine!"),
        hang,
    ]
    with ScriptedServer(script) as server, client(server) as ours:
        refused = ours.send(envelope, LETTER, before_dot=nothing)
        assert ours.trouble is not None
    assert (refused.kind, refused.cause, refused.usable) == (Kind.REFUSED, Cause.RECIPIENT, False)


def test_before_dot_is_called_before_the_message_is_complete(envelope: Envelope) -> None:
    moments: list[int] = []
    script = [*PIPELINED, *GROUP, say("250 ok", "250 ok", "354 go"), hear_message, say("250 ok"), *FAREWELL]
    with ScriptedServer(script) as server, client(server) as ours:
        ours.send(envelope, LETTER, before_dot=lambda: moments.append(len(server.heard)))
    assert moments == [len([b"EHLO", b"MAIL", b"RCPT", b"DATA"])]


def test_what_before_dot_raises_takes_the_message_back(envelope: Envelope) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    script = [*PIPELINED, *GROUP, say("250 ok", "250 ok", "354 go"), hang]
    with ScriptedServer(script) as server, client(server) as ours:
        with pytest.raises(ZeroDivisionError):
            ours.send(envelope, LETTER, before_dot=fail)
        assert ours.send(envelope, LETTER, before_dot=nothing).kind is Kind.UNSENT
    assert server.heard[-1] == b"DATA\r\n"


def test_a_large_message_arrives_whole(envelope: Envelope) -> None:
    # Each line begins with a dot, so that every border between two pieces falls near one.
    letter = b"".join(b"." * (number % 7 + 1) + b"\xff%d\r\n" % number for number in range(200_000))
    script = [*PIPELINED, *GROUP, say("250 ok", "250 ok", "354 go"), hear_message, say("250 ok"), *FAREWELL]
    with ScriptedServer(script) as server, client(server) as ours:
        assert ours.send(envelope, letter, before_dot=nothing).kind is Kind.ACCEPTED
    assert server.heard[1].endswith(b" BODY=8BITMIME\r\n")
    lines = server.heard[-2].removesuffix(b".\r\n").splitlines(keepends=True)
    assert b"".join(line.removeprefix(b".") for line in lines) == letter


@pytest.mark.parametrize(
    ("offers", "recipient", "letter", "kind", "cause"),
    [
        pytest.param([], "jürgen@example.com", LETTER, Kind.HELD, Cause.SMTPUTF8, id="a name beyond ASCII"),
        pytest.param([], "anna@example.com", b"\xfc\r\n", Kind.HELD, Cause.EIGHT_BIT, id="a message beyond ASCII"),
        pytest.param(["SIZE 5"], "anna@example.com", LETTER, Kind.REFUSED, Cause.SIZE, id="row 7: too large"),
    ],
)
def test_what_the_relay_cannot_take_is_not_offered_to_it(
    offers: list[str], recipient: str, letter: bytes, kind: Kind, cause: Cause
) -> None:
    with ScriptedServer([*session(*offers), *FAREWELL]) as server, client(server) as ours:
        outcome = ours.send(Envelope("", recipient), letter, before_dot=nothing)
    assert (outcome.kind, outcome.cause, outcome.usable) == (kind, cause, True)
    assert outcome.detail


def test_row_35_a_message_that_must_not_be_sent_is_held(envelope: Envelope) -> None:
    with ScriptedServer([*PIPELINED, *FAREWELL]) as server, client(server) as ours:
        outcome = ours.send(envelope, b"a\nb\r\n", before_dot=pytest.fail)
        assert ours.trouble is None
    assert (outcome.kind, outcome.cause, outcome.usable) == (Kind.HELD, Cause.CONTENT, True)
    assert "CRLF" in outcome.detail
    assert server.heard == [b"EHLO us.example\r\n", b"QUIT\r\n"]


def test_a_client_that_was_never_connected_sends_nothing(envelope: Envelope) -> None:
    ours = Client(Relay("127.0.0.1", 25))
    assert ours.send(envelope, LETTER, before_dot=pytest.fail).kind is Kind.UNSENT
    ours.quit()
