"""What the client makes of servers that fail, lie, hang and vanish; named after the rows of the fault table."""

import socket
import threading
from contextlib import suppress
from time import monotonic

import pytest

from newsletter.smtp.client import Client
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.relay import Relay
from newsletter.smtp.timeouts import Timeouts
from tests.smtp.scripted_server import (
    FAREWELL,
    GREETING,
    GROUP,
    HELLO,
    PIPELINED,
    Peer,
    ScriptedServer,
    Step,
    hang,
    hang_deaf,
    hear,
    hear_message,
    hear_some,
    refused_at,
    reset,
    say,
    say_octets,
    session,
)

PATIENT = Timeouts()
LETTER = b"Subject: hi\r\n\r\nhello\r\n"
LARGE = b"a line of a large message\r\n" * 400_000
TAKEN = [*GROUP, say("250 ok", "250 ok", "354 go")]


class Noting:
    """A caller that counts how often it noted that a copy may be taken from now on."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def outcome_of(
    script: list[Step], envelope: Envelope, timeouts: Timeouts = PATIENT, letter: bytes = LETTER
) -> tuple[Outcome, int]:
    noting = Noting()
    with (
        ScriptedServer(script) as server,
        Client(Relay("127.0.0.1", server.port), timeouts=timeouts) as ours,
    ):
        outcome = ours.send(envelope, letter, before_dot=noting)
        assert (ours.trouble is None) is outcome.usable
    return outcome, noting.count


@pytest.mark.parametrize(
    ("script", "kind", "cause", "noted"),
    [
        pytest.param([GREETING, reset], Kind.UNSENT, Cause.CONNECTION, 0, id="row 4: lost after the greeting"),
        pytest.param([], Kind.UNSENT, Cause.CONNECTION, 0, id="row 10: closed without a word"),
        pytest.param([*HELLO], Kind.UNSENT, Cause.CONNECTION, 0, id="closed at EHLO"),
        pytest.param([*PIPELINED], Kind.UNSENT, Cause.CONNECTION, 0, id="closed before MAIL"),
        pytest.param([*PIPELINED, *GROUP], Kind.UNSENT, Cause.CONNECTION, 0, id="closed at MAIL"),
        pytest.param([*PIPELINED, *GROUP, say("250 ok")], Kind.UNSENT, Cause.CONNECTION, 0, id="closed at RCPT"),
        pytest.param(
            [*PIPELINED, *GROUP, say("250 ok", "250 ok")], Kind.UNSENT, Cause.CONNECTION, 0, id="closed at DATA"
        ),
        pytest.param(
            [*PIPELINED, *TAKEN, hear_message], Kind.IN_DOUBT, Cause.CONNECTION, 1, id="row 3: closed after the dot"
        ),
        pytest.param(
            [*PIPELINED, *TAKEN, hear_message, reset],
            Kind.IN_DOUBT,
            Cause.CONNECTION,
            1,
            id="row 3: reset after the dot",
        ),
        pytest.param(
            [*PIPELINED, *TAKEN, hear_message, say_octets(b"250 queu")],
            Kind.IN_DOUBT,
            Cause.CONNECTION,
            1,
            id="row 3: closed in mid-reply",
        ),
        pytest.param(
            [*PIPELINED, *TAKEN, hear_message, hang], Kind.IN_DOUBT, Cause.TIMEOUT, 1, id="row 6: silent after the dot"
        ),
        pytest.param([*PIPELINED, *GROUP, hang], Kind.UNSENT, Cause.TIMEOUT, 0, id="row 9: silent at MAIL"),
        pytest.param([hang], Kind.UNSENT, Cause.TIMEOUT, 0, id="row 10: no greeting"),
        pytest.param([say_octets(b"220 rel"), hang], Kind.UNSENT, Cause.TIMEOUT, 0, id="row 10: half a greeting"),
        pytest.param([say("hello there")], Kind.UNSENT, Cause.PROTOCOL, 0, id="row 10: a greeting without code"),
        pytest.param(
            [say_octets(b"x" * 10_000), hang], Kind.UNSENT, Cause.PROTOCOL, 0, id="row 10: an endless greeting"
        ),
        pytest.param([say("354 go")], Kind.UNSENT, Cause.PROTOCOL, 0, id="row 10: a greeting of another stage"),
        pytest.param(
            [*PIPELINED, *GROUP, say("250 ok", "\xff\xfe")],
            Kind.UNSENT,
            Cause.PROTOCOL,
            0,
            id="row 10: garbage at RCPT",
        ),
        pytest.param(
            [*PIPELINED, *GROUP, say("250 ok", "250 ok", "250 ok")],
            Kind.UNSENT,
            Cause.PROTOCOL,
            0,
            id="row 10: 250 to DATA",
        ),
        pytest.param(
            [*PIPELINED, *GROUP, say("250 ok", "250 ok", "354 go", "250 ok")],
            Kind.UNSENT,
            Cause.PROTOCOL,
            0,
            id="row 10: accepted before it is sent",
        ),
        pytest.param(
            [*PIPELINED, *TAKEN, hear_message, say("354 go")],
            Kind.IN_DOUBT,
            Cause.PROTOCOL,
            1,
            id="row 10: 354 to the dot",
        ),
        pytest.param(
            [*PIPELINED, *TAKEN, hear_message, say("what?")],
            Kind.IN_DOUBT,
            Cause.PROTOCOL,
            1,
            id="row 10: garbage to the dot",
        ),
        pytest.param([say("421 full")], Kind.UNSENT, Cause.GREETING, 0, id="row 4: 421 at CONNECT"),
        pytest.param([say("554 not you")], Kind.UNSENT, Cause.GREETING, 0, id="row 4: 554 at CONNECT"),
        pytest.param([*HELLO, say("421 full")], Kind.UNSENT, Cause.GREETING, 0, id="row 4: 421 at EHLO"),
        pytest.param(
            [*HELLO, say("550 no"), hear("HELO .*"), say("550 no")], Kind.UNSENT, Cause.GREETING, 0, id="no to HELO too"
        ),
        pytest.param(
            [*PIPELINED, *GROUP, say("421 full")], Kind.DEFERRED, Cause.CONNECTION, 0, id="row 4: 421 at MAIL"
        ),
        pytest.param(
            [*PIPELINED, *GROUP, say("250 ok", "421 full")], Kind.DEFERRED, Cause.CONNECTION, 0, id="row 4: 421 at RCPT"
        ),
        pytest.param(
            [*PIPELINED, *GROUP, say("250 ok", "250 ok", "421 full")],
            Kind.DEFERRED,
            Cause.CONNECTION,
            0,
            id="row 4: 421 at DATA",
        ),
        pytest.param(
            [*PIPELINED, *TAKEN, hear_message, say("421 full")],
            Kind.DEFERRED,
            Cause.CONNECTION,
            1,
            id="row 4: 421 to the dot",
        ),
        pytest.param([*PIPELINED, *GROUP, say("550 no")], Kind.REFUSED, Cause.SENDER, 0, id="refused, then gone"),
        pytest.param([*PIPELINED, *GROUP, say("530 log in")], Kind.UNSENT, Cause.AUTH, 0, id="row 7: login wanted"),
    ],
)
def test_a_broken_session_is_named_and_closed(
    script: list[Step], kind: Kind, cause: Cause, noted: int, envelope: Envelope, brief: Timeouts
) -> None:
    outcome, count = outcome_of(script, envelope, brief if cause is Cause.TIMEOUT else PATIENT)
    assert (outcome.kind, outcome.cause, outcome.usable, count) == (kind, cause, False, noted)


@pytest.mark.parametrize("offers", [[], ["PIPELINING"]], ids=["one by one", "pipelined"])
@pytest.mark.parametrize(
    ("stage", "reply", "kind", "cause"),
    [
        ("MAIL", "452 4.3.1 later", Kind.DEFERRED, Cause.LIMIT),
        ("MAIL", "552 too large", Kind.REFUSED, Cause.SIZE),
        ("RCPT", "450 4.2.0 greylisted", Kind.DEFERRED, Cause.RECIPIENT),
        ("RCPT", "552 too many", Kind.DEFERRED, Cause.LIMIT),
        ("RCPT", "550 5.1.1 no such user", Kind.REFUSED, Cause.RECIPIENT),
        ("RCPT", "550 5.7.1 blocked", Kind.REFUSED, Cause.POLICY),
        ("DATA", "451 later", Kind.DEFERRED, Cause.CONTENT),
        ("BODY", "451 later", Kind.DEFERRED, Cause.CONTENT),
        ("BODY", "554 5.6.0 spam", Kind.REFUSED, Cause.CONTENT),
    ],
)
def test_rows_5_and_7_a_refusal_keeps_the_connection_and_its_words(
    offers: list[str], stage: str, reply: str, kind: Kind, cause: Cause, envelope: Envelope
) -> None:
    refusal = refused_at(stage, reply)
    # What was piped behind the refused command is answered 503 each.
    behind = {"MAIL": ["RCPT.*", "DATA"], "RCPT": ["DATA"]}.get(stage, []) if offers else []
    script = [
        *session(*offers),
        *refusal,
        *(step for line in behind for step in (hear(line), say("503 order"))),
        *FAREWELL,
    ]
    outcome, count = outcome_of(script, envelope)
    assert (outcome.kind, outcome.cause, outcome.usable) == (kind, cause, True)
    assert str(outcome.reply) == reply
    assert count == (1 if stage == "BODY" else 0)


def test_row_6_a_message_refused_half_way_keeps_the_servers_words(envelope: Envelope) -> None:
    script = [*PIPELINED, *TAKEN, hear_some, say("550 5.7.1 enough")]
    outcome, count = outcome_of(script, envelope, letter=LARGE)
    assert (outcome.kind, outcome.cause, outcome.usable, count) == (Kind.REFUSED, Cause.POLICY, False, 0)


def test_row_6_a_server_that_stops_reading_is_left_after_the_time_set(envelope: Envelope, brief: Timeouts) -> None:
    gone = threading.Event()
    with (
        ScriptedServer([*PIPELINED, *TAKEN, hear_some, hang_deaf(gone)]) as server,
        Client(Relay("127.0.0.1", server.port), timeouts=brief) as ours,
    ):
        begun = monotonic()
        outcome = ours.send(envelope, LARGE, before_dot=pytest.fail)
        assert monotonic() - begun < 10 * brief.block
        gone.set()
    assert (outcome.kind, outcome.cause, outcome.usable) == (Kind.UNSENT, Cause.TIMEOUT, False)


def test_row_6_a_server_that_refuses_and_stops_reading_is_quoted(envelope: Envelope, brief: Timeouts) -> None:
    gone = threading.Event()
    with (
        ScriptedServer([*PIPELINED, *TAKEN, hear_some, say("452 4.3.1 full"), hang_deaf(gone)]) as server,
        Client(Relay("127.0.0.1", server.port), timeouts=brief) as ours,
    ):
        outcome = ours.send(envelope, LARGE, before_dot=pytest.fail)
        gone.set()
    assert (outcome.kind, outcome.cause, outcome.usable) == (Kind.DEFERRED, Cause.LIMIT, False)


def test_a_large_message_lost_before_its_dot_is_unsent(envelope: Envelope) -> None:
    outcome, count = outcome_of([*PIPELINED, *TAKEN, hear_some, reset], envelope, letter=LARGE)
    assert (outcome.kind, outcome.cause, count) == (Kind.UNSENT, Cause.CONNECTION, 0)


def test_row_4_a_relay_that_is_away_is_named(envelope: Envelope) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Client(Relay("127.0.0.1", port)) as ours:
        outcome = ours.send(envelope, LETTER, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause, outcome.usable) == (Kind.UNSENT, Cause.CONNECTION, False)
    assert outcome.detail == "Connection refused"


def test_row_9_a_server_that_drips_is_left_when_the_whole_reply_is_late(envelope: Envelope, brief: Timeouts) -> None:
    def drip_for_ever(peer: Peer) -> None:
        with suppress(OSError):
            while not threading.Event().wait(0.05):
                peer.sock.sendall(b"2")

    begun = monotonic()
    outcome, _ = outcome_of([drip_for_ever], envelope, brief)
    assert outcome.cause is Cause.TIMEOUT
    assert monotonic() - begun < 10 * brief.greeting


def test_row_10_replies_in_the_wrong_order_blame_nobody(envelope: Envelope) -> None:
    # smtp-sink -W RCPT:3 answers the DATA behind a slow RCPT first.
    script = [*PIPELINED, *GROUP, say("250 ok", "503 need RCPT", "250 ok")]
    outcome, count = outcome_of(script, envelope)
    assert (outcome.kind, outcome.cause, outcome.usable, count) == (Kind.UNSENT, Cause.PROTOCOL, False, 0)


def test_leaving_a_server_that_hangs_takes_little_time(brief: Timeouts) -> None:
    with ScriptedServer([*PIPELINED, hang]) as server:
        begun = monotonic()
        with Client(Relay("127.0.0.1", server.port), timeouts=brief):
            pass
        assert monotonic() - begun < 10 * brief.quit
