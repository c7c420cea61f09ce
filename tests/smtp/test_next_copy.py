"""What one copy's failure means for the next on the same connection; named after the rows of the fault table."""

import pytest

from newsletter.smtp.client import Client
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind
from newsletter.smtp.relay import Relay
from tests.smtp.scripted_server import FAREWELL, GROUP, PIPELINED, ScriptedServer, hang, hear, hear_message, say

LETTER = b"Subject: hi\r\n\r\nhello\r\n"
TAKEN = [*GROUP, say("250 ok", "250 ok", "354 go")]


def on_its_way() -> None:
    """Nobody to tell that the copy may be taken from now on."""


def test_row_4_a_closed_client_takes_nothing_until_it_is_connected_again(envelope: Envelope) -> None:
    again = [*PIPELINED, *TAKEN, hear_message, say("250 ok"), *FAREWELL]
    with (
        ScriptedServer([*PIPELINED, *GROUP, say("421 full")], again) as server,
        Client(Relay("127.0.0.1", server.port)) as ours,
    ):
        assert ours.send(envelope, LETTER, before_dot=pytest.fail).kind is Kind.DEFERRED
        between = ours.send(envelope, LETTER, before_dot=pytest.fail)
        assert (between.kind, between.cause, between.usable) == (Kind.UNSENT, Cause.CONNECTION, False)
        assert ours.connect() is None
        assert ours.send(envelope, LETTER, before_dot=on_its_way).kind is Kind.ACCEPTED


def test_row_4_a_connection_closed_while_idle_costs_no_copy(envelope: Envelope) -> None:
    with (
        ScriptedServer([*PIPELINED, *TAKEN, hear_message, say("250 ok")]) as server,
        Client(Relay("127.0.0.1", server.port)) as ours,
    ):
        assert ours.send(envelope, LETTER, before_dot=on_its_way).kind is Kind.ACCEPTED
        outcome = ours.send(envelope, LETTER, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.CONNECTION)


def test_row_10_a_server_out_of_step_is_left_before_a_copy_is_blamed(envelope: Envelope) -> None:
    # It refuses in mid-message, then takes the rest of the message for commands.
    babble = say("550 no", "500 what?", "500 what?")
    with (
        ScriptedServer([*PIPELINED, *TAKEN, hear_message, babble, hang]) as server,
        Client(Relay("127.0.0.1", server.port)) as ours,
    ):
        assert ours.send(envelope, LETTER, before_dot=on_its_way).kind is Kind.REFUSED
        outcome = ours.send(envelope, LETTER, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.PROTOCOL)


def test_row_10_a_late_stray_reply_is_found_before_the_message_goes_out(envelope: Envelope) -> None:
    script = [*PIPELINED, *TAKEN, hear_message, say("250 ok")]
    stray = [hear("MAIL.*"), say("250 stray", "250 ok"), hear("RCPT.*"), say("250 ok"), hear("DATA"), say("354 go")]
    with ScriptedServer([*script, *stray, hang]) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        ours.send(envelope, LETTER, before_dot=on_its_way)
        outcome = ours.send(envelope, LETTER, before_dot=pytest.fail)
    assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.PROTOCOL)
